import type { Redis } from 'ioredis';
import type { Grant, GrantKey } from '../grant.js';
import { monotonicMs } from '../monotonic-ms.js';
import type { ReadReply, RedisCommands } from './redis-commands.js';
import { redisKeys } from './redis-keys.js';
import { ownCopy, SharedTexts } from './shared-texts.js';

// Each call takes Redis less than a millisecond, in which it does nothing else.
const SCAN_COUNT = 400;
const READ_COUNT = 128;
/** Reads under way: Redis looks up some while others are on their way or taken in here. */
const READS_AHEAD = 8;

/** What one key holds. `no_ttl`: a key that somebody made, or PERSISTed, without a deadline is no grant. */
export type Reading =
  | { readonly kind: 'grant'; readonly key: GrantKey; readonly grant: Grant }
  | { readonly kind: 'absent' | 'no_ttl'; readonly key: GrantKey };

/** Readings by the canonical name of their key. */
export type Readings = Map<string, Reading>;

/** Reads grants as they stand in Redis now. Keys that are no grant's are passed over. */
export class GrantReader {
  private readonly texts = new SharedTexts();

  constructor(private readonly commands: RedisCommands) {}

  /** As many answers as it takes calls; all are on their way before this returns, and are answered in that order. */
  read(names: readonly string[]): Promise<Reading[]>[] {
    return [...parts(names)].map((some) => this.readSome(some));
  }

  /** All keys of these doors, or of all doors, on these servers. */
  async scan(servers: readonly Redis[], doors?: readonly string[]): Promise<Readings> {
    const patterns = doors?.map((door) => redisKeys.grantPattern(door)) ?? [redisKeys.grantPattern()];
    const found: Readings = new Map();
    for (const redis of servers) for (const pattern of patterns) await this.scanInto(found, redis, pattern);
    return found;
  }

  private async scanInto(found: Readings, redis: Redis, pattern: string): Promise<void> {
    const ahead: Promise<Reading[]>[] = [];
    const takeIn = async (): Promise<void> => {
      // SCAN may name a key twice (redis.io, SCAN guarantees)
      for (const each of await ahead.shift()!) found.set(redisKeys.grant(each.key), each);
    };
    for await (const names of redis.scanStream({ match: pattern, count: SCAN_COUNT })) {
      for (const some of parts(names as string[])) {
        if (ahead.length === READS_AHEAD) await takeIn();
        const reading = this.readSome(some);
        reading.catch(() => {}); // it is told where it is taken in, which may be never if another one fails first
        ahead.push(reading);
      }
    }
    while (ahead.length > 0) await takeIn();
  }

  private async readSome(names: readonly string[]): Promise<Reading[]> {
    const readable: string[] = [];
    const keys: GrantKey[] = [];
    for (const name of names) {
      const key = redisKeys.parseGrant(name);
      if (key === undefined) continue;
      readable.push(name);
      keys.push({ door: this.texts.of(key.door), ip: ownCopy(key.ip) });
    }
    if (readable.length === 0) return [];
    // The deadline counts from before the question: ours is then never later than Redis's.
    const askedMs = monotonicMs();
    const replies = await this.commands.read(readable);
    return replies.map((reply, i) => this.reading(keys[i]!, reply, askedMs));
  }

  private reading(key: GrantKey, reply: ReadReply, askedMs: number): Reading {
    const [pttl, grantedAt, expiresAt, method, listener, endsAtMs] = reply;
    if (pttl === -1) return { kind: 'no_ttl', key };
    if (pttl <= 0) return { kind: 'absent', key };
    const grant = {
      door: key.door,
      ip: key.ip,
      grantedAt,
      expiresAt,
      method: this.texts.of(method),
      listener: this.texts.of(listener),
      deadlineMs: askedMs + pttl,
      endsAtMs,
    };
    return { kind: 'grant', key: grant, grant };
  }
}

/** Each of one door: in a cluster one call reads the keys of one slot. */
function* parts(names: readonly string[]): Generator<readonly string[]> {
  const byDoor = new Map<string, string[]>();
  for (const name of names) {
    const door = name.slice(0, name.indexOf('}'));
    const some = byDoor.get(door);
    if (some === undefined) byDoor.set(door, [name]);
    else some.push(name);
  }
  for (const some of byDoor.values()) {
    for (let from = 0; from < some.length; from += READ_COUNT) yield some.slice(from, from + READ_COUNT);
  }
}
