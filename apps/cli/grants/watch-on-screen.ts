import { once } from 'node:events';
import { type Grant, type GrantFollower, type GrantKey, type GrantStore, monotonicMs } from '#grants';
import { LiveScreen } from '../terminal/live-screen.js';
import { paintFor } from '../terminal/paint.js';
import { grantsScreen } from './grants-screen.js';

interface Watched {
  readonly store: GrantStore;
  readonly doors: readonly string[];
  readonly stop: AbortSignal;
}

/** Shows the live grants on the terminal, their seconds draining, until stopped. */
export async function watchOnScreen({ store, doors, stop }: Watched): Promise<void> {
  const live = new LiveGrants();
  const paint = paintFor(process.stdout);
  const screen = new LiveScreen(process.stdout, (size) =>
    grantsScreen(size, { grants: live.grants, doors, nowMs: monotonicMs(), fault: live.fault, paint }),
  );
  live.changes = () => screen.changed();
  screen.enter();
  try {
    store.follow(doors, live);
    await once(stop, 'abort');
  } finally {
    screen.leave();
  }
}

/** The grants as the store tells them. */
class LiveGrants implements GrantFollower {
  fault: string | undefined;
  changes: () => void = () => {};
  private readonly byKey = new Map<string, Grant>();
  private known = false;

  /** Undefined before the first snapshot. */
  get grants(): Iterable<Grant> | undefined {
    return this.known ? this.byKey.values() : undefined;
  }

  snapshot(grants: readonly Grant[]): void {
    this.byKey.clear();
    for (const grant of grants) this.byKey.set(nameOf(grant), grant);
    this.known = true;
    this.fault = undefined;
    this.changes();
  }

  changed(key: GrantKey, grant: Grant | undefined): void {
    if (grant === undefined) this.byKey.delete(nameOf(key));
    else this.byKey.set(nameOf(key), grant);
    this.changes();
  }

  /** What is no grant is not shown. */
  withoutTtl(): void {}

  lost(reason: string): void {
    this.fault = reason;
    this.changes();
  }
}

function nameOf({ door, ip }: GrantKey): string {
  return `${door}\n${ip}`;
}
