import type { Redis } from 'ioredis';
import { compareIds } from '../compare-ids.js';
import type { AuditEntry } from '../grant.js';
import type { TrailEntry, TrailReader } from '../trail.js';
import { connectionAttempt, redisConnection, redisTimeMs } from './redis-connection.js';
import { redisKeys } from './redis-keys.js';
import { unavailableBy } from './store-unavailable.js';

/** Entries of one answer, all doors together: it takes Redis about a millisecond, in which it does nothing else. */
const PAGE = 1000;
/** A wait is made of shorter ones, so that a Redis that hangs is noticed by its silence (see COMMAND_TIMEOUT_MS). */
const BLOCK_MS = 1000;
const START = '0-0';
/** Behind all entries of a millisecond (redis.io, streams: 64 bits). */
const LAST_OF_MS = '18446744073709551615';

/**
 * Reads the doors' streams with XREAD from where it stands at each. Where it stands is here alone: a connection, or a
 * Redis, that is lost and found again does not matter, as long as Redis's clock does not go back by more than that took.
 */
export class RedisTrailReader implements TrailReader {
  /** A blocking XREAD holds up every other command of its connection. */
  private readonly redis: Redis;
  private readonly unavailable: ReturnType<typeof unavailableBy>;
  /** The id of the last entry given of each door, or of where to begin. */
  private positions: string[] | undefined;
  private end: () => void = () => {};
  private readonly ended = new Promise<readonly TrailEntry[]>((resolve) => (this.end = () => resolve([])));

  /** @param sinceMs how far back it begins; undefined: with all that is kept */
  constructor(
    url: string,
    private readonly doors: readonly string[],
    private readonly sinceMs: number | undefined,
  ) {
    this.redis = redisConnection(url, { connectionName: 'knockgate-trail' });
    this.unavailable = unavailableBy(this.redis);
  }

  next(waitMs: number): Promise<readonly TrailEntry[]> {
    return Promise.race([this.ended, this.ask(waitMs)]);
  }

  close(): void {
    this.end();
    this.redis.disconnect();
  }

  private async ask(waitMs: number): Promise<readonly TrailEntry[]> {
    try {
      await connectionAttempt(this.redis);
      const positions = (this.positions ??= await this.begin());
      for (let leftMs = waitMs; ; leftMs -= BLOCK_MS) {
        const entries = await this.read(positions, Math.min(leftMs, BLOCK_MS));
        if (entries.length > 0 || leftMs <= BLOCK_MS) return entries;
      }
    } catch (error) {
      throw this.unavailable(error);
    }
  }

  private async begin(): Promise<string[]> {
    if (this.sinceMs === undefined) return this.doors.map(() => START);
    const fromMs = (await redisTimeMs(this.redis)) - Math.round(this.sinceMs);
    return this.doors.map(() => (fromMs > 0 ? `${fromMs - 1}-${LAST_OF_MS}` : START));
  }

  private async read(positions: string[], blockMs: number): Promise<TrailEntry[]> {
    const count = Math.max(1, Math.floor(PAGE / this.doors.length));
    const streams = [...this.doors.map((door) => redisKeys.events(door)), ...positions];
    const replies =
      blockMs > 0
        ? await this.redis.xread('COUNT', count, 'BLOCK', Math.ceil(blockMs), 'STREAMS', ...streams) // 0: for ever
        : await this.redis.xread('COUNT', count, 'STREAMS', ...streams);
    const found = (replies ?? []).map(([key, entries]) => {
      const door = this.doors.find((each) => redisKeys.events(each) === key)!;
      return entries.map(([id, fields]) => ({ door, id, fields: auditEntry(fields) }));
    });
    const given = inOrder(found, count);
    for (const { door, id } of given) positions[this.doors.indexOf(door)] = id;
    return given;
  }
}

/**
 * Merged by id, which is Redis's time. Where a stream has more than it gave, nothing behind its last entry counts yet:
 * that is read again with the rest of it.
 */
function inOrder(found: readonly (readonly TrailEntry[])[], count: number): TrailEntry[] {
  const cut = found.filter((entries) => entries.length === count).map((entries) => entries.at(-1)!);
  const all = found.flat().toSorted(byId);
  const [end] = cut.toSorted(byId);
  return end === undefined ? all : all.filter((entry) => byId(entry, end) <= 0);
}

function byId(x: TrailEntry, y: TrailEntry): number {
  return compareIds(x.id, y.id);
}

/** From a stream's flat list of fields and values. */
export function auditEntry(fields: readonly string[]): AuditEntry {
  const entry: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) entry[fields[i]!] = fields[i + 1]!;
  return entry;
}
