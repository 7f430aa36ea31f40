import type { EndReason, Grant, GrantKey } from '#grants';
import type { Changes, TrailEvent } from './api-schemas.js';
import type { AttemptChanges } from './attempts.js';
import { type Clocks, grantView } from './grant-view.js';

type Attempt = Changes['attempts'][number];

/** What has happened since the last `changes`. Of each grant and attempt what has become of it in the end; every event. */
export class PendingChanges {
  private readonly grants = new Map<string, Grant>();
  private readonly ended = new Map<string, GrantKey & { readonly reason: EndReason }>();
  private readonly attempts = new Map<string, Attempt>();
  private readonly attemptsEnded = new Map<string, GrantKey>();
  private events: TrailEvent[] = [];

  granted(grant: Grant): void {
    this.ended.delete(idOf(grant));
    this.grants.set(idOf(grant), grant);
  }

  grantEnded({ door, ip }: GrantKey, reason: EndReason): void {
    this.grants.delete(idOf({ door, ip }));
    this.ended.set(idOf({ door, ip }), { door, ip, reason });
  }

  attempted({ changed, ended }: AttemptChanges): void {
    for (const attempt of changed) {
      this.attemptsEnded.delete(idOf(attempt));
      this.attempts.set(idOf(attempt), attempt);
    }
    for (const key of ended) {
      this.attempts.delete(idOf(key));
      this.attemptsEnded.set(idOf(key), key);
    }
  }

  happened(events: readonly TrailEvent[]): void {
    this.events.push(...events);
  }

  get isEmpty(): boolean {
    const maps = [this.grants, this.ended, this.attempts, this.attemptsEnded];
    return this.events.length === 0 && maps.every(({ size }) => size === 0);
  }

  /** What there was, and nothing is left. */
  take(clocks: Clocks): Changes {
    const changes = {
      now_ms: Math.round(clocks.storeMs),
      grants: [...this.grants.values()].map((grant) => grantView(grant, clocks)),
      ended: [...this.ended.values()],
      attempts: [...this.attempts.values()],
      attempts_ended: [...this.attemptsEnded.values()],
      events: this.events,
    };
    for (const map of [this.grants, this.ended, this.attempts, this.attemptsEnded]) map.clear();
    this.events = [];
    return changes;
  }
}

function idOf({ door, ip }: GrantKey): string {
  return `${door}\n${ip}`;
}
