import type { Redis } from 'ioredis';
import type { Grant, GrantKey } from '../grant.js';
import { monotonicMs } from '../monotonic-ms.js';
import type { ReadReply, RedisCommands } from './redis-commands.js';
import { redisKeys } from './redis-keys.js';

const SCAN_COUNT = 1000; // keys looked at a call: some 0.3 ms of Redis's time

/** What one key holds. `no_ttl`: a key that somebody made, or PERSISTed, without a deadline is no grant. */
export type Reading =
  | { readonly kind: 'grant'; readonly key: GrantKey; readonly grant: Grant }
  | { readonly kind: 'absent' | 'no_ttl'; readonly key: GrantKey };

/** Reads grants as they stand in Redis now. Keys that are no grant's are passed over. */
export class GrantReader {
  constructor(
    private readonly redis: Redis,
    private readonly commands: RedisCommands,
  ) {}

  async read(names: readonly string[]): Promise<Reading[]> {
    const keys = names.flatMap((name) => redisKeys.parseGrant(name) ?? []);
    const readable = names.filter((name) => redisKeys.parseGrant(name) !== undefined);
    if (readable.length === 0) return [];
    // The deadline counts from before the question: ours is then never later than Redis's.
    const askedMs = monotonicMs();
    const replies = await this.commands.read(readable);
    return replies.map((reply, i) => reading(keys[i]!, reply, askedMs));
  }

  /** All keys of these doors, or of all doors. */
  async scan(doors?: readonly string[]): Promise<Reading[]> {
    const patterns = doors?.map((door) => redisKeys.grantPattern(door)) ?? [redisKeys.grantPattern()];
    const found = new Map<string, Reading>();
    for (const pattern of patterns) {
      for await (const names of this.redis.scanStream({ match: pattern, count: SCAN_COUNT })) {
        // SCAN may name a key twice (redis.io, SCAN guarantees)
        for (const each of await this.read(names as string[])) found.set(`${each.key.door}\n${each.key.ip}`, each);
      }
    }
    return [...found.values()];
  }
}

function reading(key: GrantKey, reply: ReadReply, askedMs: number): Reading {
  const [pttl, grantedAt, expiresAt, method, listener] = reply;
  if (pttl === -1) return { kind: 'no_ttl', key };
  if (pttl <= 0) return { kind: 'absent', key };
  return { kind: 'grant', key, grant: { ...key, grantedAt, expiresAt, method, listener, deadlineMs: askedMs + pttl } };
}
