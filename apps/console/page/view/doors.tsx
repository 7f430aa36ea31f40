import type { Attempt, Grant } from '../model/api-types.js';
import type { Timed } from '../model/timed.js';
import { useClient } from './client-context.js';
import { DoorCard } from './door-card.js';
import { useStore } from './use-store.js';

const noGrants: readonly Timed<Grant>[] = [];
const noAttempts: readonly Timed<Attempt>[] = [];

export function Doors() {
  const client = useClient();
  const doors = useStore(client.page, (each) => each.doors);
  const grants = useStore(client.page, (each) => each.grants);
  const attempts = useStore(client.page, (each) => each.attempts);
  const failures = useStore(client.page, (each) => each.failures);
  const find = useStore(client.log, ({ filter }) => filter.text.trim());
  return (
    <section class="doors" aria-label="Doors">
      {doors.map((door) => (
        <DoorCard
          key={door.name}
          door={door}
          grants={grants.get(door.name) ?? noGrants}
          attempts={attempts.get(door.name) ?? noAttempts}
          failure={failures.get(door.name)}
          find={find}
        />
      ))}
      {doors.length === 0 && <p class="panel soft">The config has no door.</p>}
    </section>
  );
}
