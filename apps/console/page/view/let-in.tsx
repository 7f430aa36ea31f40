import { useState } from 'preact/hooks';
import { secondsText } from '../model/seconds-text.js';
import { useClient } from './client-context.js';
import { useStore } from './use-store.js';

interface Outcome {
  readonly kind: 'done' | 'error';
  readonly text: string;
}

/** Lets an IP in by hand. */
export function LetIn() {
  const client = useClient();
  const doors = useStore(client.page, (each) => each.doors);
  const [outcome, setOutcome] = useState<Outcome>();
  const letIn = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const field = (name: string): string => form.querySelector<HTMLInputElement>(`[name=${name}]`)!.value.trim();
    try {
      const grant = await client.letIn({ door: field('door'), ip: field('ip') }, Number(field('seconds')));
      const left = secondsText(Math.round(grant.ends_in_ms / 1000));
      setOutcome({ kind: 'done', text: `${grant.ip} is in at ${grant.door} for ${left}.` });
      form.querySelector<HTMLInputElement>('[name=ip]')!.value = '';
    } catch (error) {
      setOutcome({ kind: 'error', text: (error as Error).message });
    }
  };
  return (
    <section class="panel let-in" aria-label="Let in by hand">
      <form onSubmit={(event) => void letIn(event)}>
        <h2>Let in</h2>
        <label class="ip">
          <span>IP</span>
          <input name="ip" required placeholder="203.0.113.7" autocomplete="off" spellcheck={false} maxLength={64} />
        </label>
        <label>
          <span>at</span>
          <select name="door" aria-label="door">
            {doors.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label class="seconds">
          <span>for</span>
          <input
            name="seconds"
            type="number"
            required
            min={1}
            step={1}
            defaultValue="600"
            inputMode="numeric"
            aria-label="seconds"
          />
          <span>s</span>
        </label>
        <button class="primary">Let in</button>
      </form>
      <p class={outcome?.kind === 'error' ? 'error' : 'done'} role="status">
        {outcome?.text}
      </p>
    </section>
  );
}
