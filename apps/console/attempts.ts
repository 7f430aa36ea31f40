import type { Attempt, TrailEvent } from './api-schemas.js';

/** Attempts that are shown at once; a flood of first knocks pushes out the oldest. */
const MAX_ATTEMPTS = 1000;
/** The listener says that an attempt is over; if it has not by then, its line was left out. */
const GRACE_MS = 1000;

interface Kept extends Omit<Attempt, 'ends_in_ms'> {
  readonly endsMs: number;
  readonly lastsMs: number;
}

type Key = Pick<Attempt, 'door' | 'ip'>;

export interface AttemptChanges {
  readonly changed: readonly Attempt[];
  readonly ended: readonly Key[];
}

/** Attempts in progress, as the audit trail tells them. Pure: all times are milliseconds of the store's clock. */
export class Attempts {
  private readonly kept = new Map<string, Kept>();

  /** @param seqTimeoutMs how long a door's attempts may take; undefined: there is no such door */
  constructor(private readonly seqTimeoutMs: (door: string) => number | undefined) {}

  /** Of every attempt what has become of it in the end. */
  take(events: readonly TrailEvent[], nowMs: number): AttemptChanges {
    const touched = new Map<string, Key>();
    for (const event of events) {
      const key = this.apply(event);
      if (key !== undefined) touched.set(idOf(key), key);
    }
    for (const key of this.pushOut()) touched.set(idOf(key), key);
    for (const key of this.sweep(nowMs).ended) touched.set(idOf(key), key);
    const changed: Attempt[] = [];
    const ended: Key[] = [];
    for (const [id, key] of touched) {
      const attempt = this.kept.get(id);
      if (attempt === undefined) ended.push(key);
      else changed.push(shown(attempt, nowMs));
    }
    return { changed, ended };
  }

  /** Forgets those of which nothing more was heard. */
  sweep(nowMs: number): AttemptChanges {
    const over = [...this.kept.values()].filter(({ endsMs }) => nowMs >= endsMs + GRACE_MS);
    for (const attempt of over) this.kept.delete(idOf(attempt));
    return { changed: [], ended: over.map(keyOf) };
  }

  list(nowMs: number): Attempt[] {
    return [...this.kept.values()].map((attempt) => shown(attempt, nowMs));
  }

  /** Forgets what is at doors that are no more. */
  keepDoors(): void {
    for (const [id, { door }] of this.kept) if (this.seqTimeoutMs(door) === undefined) this.kept.delete(id);
  }

  private apply(event: TrailEvent): Key | undefined {
    const { door, ip } = event;
    const id = idOf(event);
    switch (event.event) {
      case 'stage':
        return this.advance(id, event);
      case 'opened':
      case 'extended':
        // let in by hand meanwhile: the attempt goes on
        return event['method'] === 'knock' && this.kept.delete(id) ? { door, ip } : undefined;
      case 'voided':
      case 'sequence_timeout':
        return this.kept.delete(id) ? { door, ip } : undefined;
      default:
        return undefined;
    }
  }

  private advance(id: string, event: TrailEvent): Key | undefined {
    const { door, ip, at } = event;
    const [stage, of] = [Number(event['stage']), Number(event['of'])];
    const timeoutMs = this.seqTimeoutMs(door);
    const atMs = Date.parse(at);
    if (timeoutMs === undefined || !isCount(stage) || !isCount(of) || Number.isNaN(atMs)) return undefined;
    // seq_timeout counts from the first knock, also where a line between was left out
    const endsMs = (stage > 1 ? this.kept.get(id)?.endsMs : undefined) ?? atMs + timeoutMs;
    this.kept.delete(id);
    this.kept.set(id, { door, ip, stage, of, endsMs, lastsMs: timeoutMs });
    return { door, ip };
  }

  private *pushOut(): Generator<Key> {
    for (const [id, attempt] of this.kept) {
      if (this.kept.size <= MAX_ATTEMPTS) return;
      this.kept.delete(id);
      yield keyOf(attempt);
    }
  }
}

/** No longer than the door gives, although what is known of the store's clock may lag behind it. */
function shown({ endsMs, lastsMs, ...attempt }: Kept, nowMs: number): Attempt {
  return { ...attempt, ends_in_ms: Math.max(0, Math.round(Math.min(endsMs - nowMs, lastsMs))) };
}

function keyOf({ door, ip }: Key): Key {
  return { door, ip };
}

function idOf({ door, ip }: Key): string {
  return `${door}\n${ip}`;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
