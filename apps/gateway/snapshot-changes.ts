import type { Grant, GrantKey } from '#grants';

/** A deadline that is read again is not the same to the millisecond: it is the time of asking and what was left then. */
const SAME_DEADLINE_MS = 20;

export interface GrantChanges {
  readonly granted: readonly Grant[];
  readonly ended: readonly GrantKey[];
}

/** What a snapshot says that is not known yet. */
export function snapshotChanges(known: readonly Grant[], snapshot: readonly Grant[]): GrantChanges {
  const gone = new Map(known.map((grant) => [idOf(grant), grant]));
  const granted = snapshot.filter((grant) => {
    const id = idOf(grant);
    const before = gone.get(id);
    gone.delete(id);
    return before === undefined || Math.abs(before.deadlineMs - grant.deadlineMs) > SAME_DEADLINE_MS;
  });
  return { granted, ended: [...gone.values()].map(({ door, ip }) => ({ door, ip })) };
}

function idOf({ door, ip }: GrantKey): string {
  return `${door}\n${ip}`;
}
