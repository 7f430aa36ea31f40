import { useState } from 'preact/hooks';
import { useClient } from './client-context.js';
import { Doors } from './doors.js';
import { EventLog } from './event-log.js';
import { LetIn } from './let-in.js';
import { LinkBanner } from './link-banner.js';
import { SignIn } from './sign-in.js';
import { StatusStrip } from './status-strip.js';
import { readTheme } from './theme.js';
import { Timeline } from './timeline.js';
import { TopBar } from './top-bar.js';
import { useStore } from './use-store.js';

export function App() {
  const client = useClient();
  const session = useStore(client.session, (each) => each);
  const link = useStore(client.page, (each) => each.link);
  const known = useStore(client.page, (each) => each.overview !== undefined);
  const [theme, setTheme] = useState(readTheme);
  if (session.kind === 'needed') return <SignIn key={session.why} why={session.why} />;
  return (
    <>
      <TopBar theme={theme} onTheme={setTheme} />
      <LinkBanner link={link} />
      {known && (
        <main class={link.kind === 'lost' ? 'page stale' : 'page'}>
          <div class="work">
            <StatusStrip />
            <Timeline theme={theme} />
            <LetIn />
            <Doors />
          </div>
          <EventLog />
        </main>
      )}
    </>
  );
}
