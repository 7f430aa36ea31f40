import { useEffect, useRef } from 'preact/hooks';
import { Brand } from './brand.js';
import { useClient } from './client-context.js';
import type { Theme } from './theme.js';
import { ThemeButton } from './theme-button.js';
import { useStore } from './use-store.js';

interface Props {
  readonly theme: Theme;
  readonly onTheme: (theme: Theme) => void;
}

export function TopBar({ theme, onTheme }: Props) {
  const client = useClient();
  return (
    <header class="top">
      <Brand />
      <Readiness />
      <Find />
      <ThemeButton theme={theme} onChange={onTheme} />
      <button class="quiet" type="button" onClick={() => void client.signOut().catch(() => client.retryNow())}>
        Sign out
      </button>
    </header>
  );
}

function Readiness() {
  const client = useClient();
  const text = useStore(client.page, ({ link, overview }) => {
    if (link.kind === 'lost') return 'connection lost';
    if (overview === undefined) return 'connecting …';
    return overview.ready ? 'ready' : 'not ready';
  });
  return (
    <p class={`readiness ${text === 'ready' ? 'good' : text === 'connecting …' ? 'over' : 'failed'}`} role="status">
      <span class="dot" aria-hidden="true" />
      {text}
    </p>
  );
}

/** One box for all: who calls says his address, and everything here is of him. The key / goes to it. */
function Find() {
  const client = useClient();
  const text = useStore(client.log, ({ filter }) => filter.text);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const go = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || (event.target as Element).matches('input, select'))
        return;
      event.preventDefault();
      box.current?.focus();
    };
    addEventListener('keydown', go);
    return () => removeEventListener('keydown', go);
  }, []);
  return (
    <input
      class="find"
      type="search"
      ref={box}
      value={text}
      placeholder="Find an IP or a text   /"
      aria-label="Find an IP or a text, in grants, attempts and events"
      spellcheck={false}
      maxLength={256}
      onInput={({ currentTarget }) => client.filter({ text: currentTarget.value })}
      onKeyDown={(event) => event.key === 'Escape' && client.filter({ text: '' })}
    />
  );
}
