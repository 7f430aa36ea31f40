import { useRef, useState } from 'preact/hooks';
import type { Grant } from '../model/api-types.js';
import type { Timed } from '../model/timed.js';
import { clockTime } from './clock-time.js';
import { useClient } from './client-context.js';
import { CountdownRing } from './countdown-ring.js';
import { memo } from './memo.js';
import { SourceButton } from './source-button.js';
import { useFocus } from './use-focus.js';

type Step = 'look' | 'revoke' | 'extend';

const MINUTE = 60;
/** A grant of less than this age shows that it is new. */
const FRESH_MS = 1500;

export const GrantRow = memo(function GrantRow({ grant }: { readonly grant: Timed<Grant> }) {
  const client = useClient();
  const [step, setStep] = useState<Step>('look');
  const [before, setBefore] = useState<Step>('look');
  const [error, setError] = useState<string>();
  const row = useRef<HTMLDivElement>(null);
  const { ip, method, door, deadlineMs, lasts_ms: lastsMs, granted_at: grantedAt, listener } = grant;

  const look = (): void => {
    setBefore(step);
    setStep('look');
  };
  const act = async (action: Promise<unknown>): Promise<void> => {
    try {
      await action;
      setError(undefined);
    } catch (caught) {
      setError((caught as Error).message);
    }
    look();
  };
  const extend = (seconds: number): Promise<void> => {
    const leftS = Math.max(0, Math.ceil((deadlineMs - performance.now()) / 1000));
    return act(client.letIn({ door, ip }, leftS + seconds));
  };
  const revoke = (): Promise<void> => {
    // the row goes, and the focus with it
    row.current?.closest<HTMLElement>('[role=list]')?.focus();
    return act(client.revoke({ door, ip }));
  };
  const [fresh] = useState(() => lastsMs - (deadlineMs - performance.now()) < FRESH_MS);
  const since = `${method} · since ${clockTime(grantedAt)}`;
  return (
    <div
      class={fresh ? 'grant fresh' : 'grant'}
      ref={row}
      onKeyDown={(event) => {
        if (event.key === 'Escape') look();
      }}
    >
      <CountdownRing deadlineMs={deadlineMs} lastsMs={lastsMs} />
      <div class="who">
        <SourceButton ip={ip} />
        {error === undefined ? (
          <span class="soft" title={`granted ${grantedAt} by ${listener}`}>
            {since}
          </span>
        ) : (
          <span class="error" role="alert" title={error}>
            {error}
          </span>
        )}
      </div>
      {step === 'look' && <Actions ip={ip} onExtend={extend} onStep={setStep} before={before} />}
      {step === 'revoke' && <Confirm ip={ip} onRevoke={revoke} onKeep={look} />}
      {step === 'extend' && <OwnSeconds ip={ip} onExtend={extend} onKeep={look} />}
    </div>
  );
});

interface ActionsProps {
  readonly ip: string;
  readonly onExtend: (seconds: number) => Promise<void>;
  readonly onStep: (step: Step) => void;
  /** Whence it came back: the focus goes to what led there. */
  readonly before: Step;
}

function Actions({ ip, onExtend, onStep, before }: ActionsProps) {
  const focus = useFocus<HTMLButtonElement>();
  return (
    <div class="actions" role="group" aria-label={`what to do with ${ip}`}>
      <div class="joined">
        <button type="button" title="1 minute longer" onClick={() => void onExtend(MINUTE)}>
          +1 min
        </button>
        <button type="button" title="10 minutes longer" onClick={() => void onExtend(10 * MINUTE)}>
          +10 min
        </button>
        <button
          type="button"
          title="so many seconds longer"
          aria-label="+ seconds"
          ref={before === 'extend' ? focus : null}
          onClick={() => onStep('extend')}
        >
          + …
        </button>
      </div>
      <button class="danger" type="button" ref={before === 'revoke' ? focus : null} onClick={() => onStep('revoke')}>
        Revoke
      </button>
    </div>
  );
}

interface ConfirmProps {
  readonly ip: string;
  readonly onRevoke: () => Promise<void>;
  readonly onKeep: () => void;
}

/** `Keep` stands where `Revoke` was: a double click changes nothing. */
function Confirm({ ip, onRevoke, onKeep }: ConfirmProps) {
  const focus = useFocus<HTMLButtonElement>();
  return (
    <div class="actions" role="group" aria-label={`revoke ${ip}?`}>
      <button class="danger sure" type="button" ref={focus} onClick={() => void onRevoke()}>
        Yes, cut it off
      </button>
      <button type="button" onClick={onKeep}>
        Keep
      </button>
    </div>
  );
}

interface OwnSecondsProps {
  readonly ip: string;
  readonly onExtend: (seconds: number) => Promise<void>;
  readonly onKeep: () => void;
}

function OwnSeconds({ ip, onExtend, onKeep }: OwnSecondsProps) {
  const focus = useFocus<HTMLInputElement>();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void onExtend(focus.current!.valueAsNumber);
  };
  return (
    <form class="actions" aria-label={`extend ${ip}`} onSubmit={submit}>
      <label>
        + <input ref={focus} type="number" required min={1} step={1} inputMode="numeric" aria-label="seconds more" /> s
      </label>
      <button>Extend</button>
      <button type="button" onClick={onKeep}>
        Cancel
      </button>
    </form>
  );
}
