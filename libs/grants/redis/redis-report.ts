import type { Redis } from 'ioredis';
import { StoreUnavailable } from '../grant-store.js';
import { reasonOf } from './reason-of.js';
import { defineCommands } from './redis-commands.js';
import { connectionAttempt, redisConnection } from './redis-connection.js';
import { RedisFollowing } from './redis-following.js';
import { redisKeys } from './redis-keys.js';

/** What a Redis says of itself, and what its user may do there. Nothing was changed to learn it. */
export interface RedisReport {
  /** INFO, by field; empty if that is refused. */
  readonly info: Readonly<Record<string, string>>;
  /** CONFIG GET of the directives below; undefined: refused, as a hosted Redis does. */
  readonly config: Readonly<Record<string, string>> | undefined;
  /** Commands that the user may not run on the doors' keys; undefined: this Redis cannot say. */
  readonly denied: readonly string[] | undefined;
  /** Why grants cannot be followed; undefined: they can. */
  readonly unfollowed: string | undefined;
  /** Whether it answers also who brings no password. */
  readonly open: boolean;
  /** By how much its clock is ahead of this host's, in milliseconds. */
  readonly clockAheadMs: number;
}

const DIRECTIVES = ['bind', 'protected-mode', 'save', 'appendonly', 'stop-writes-on-bgsave-error'] as const;
const ANSWER_WITHIN_MS = 5000;

/**
 * Asks a Redis what an operator should know before knockgate relies on it.
 * @throws (rejects) StoreUnavailable if it cannot be reached, or refuses this user
 */
export async function redisReport(url: string, doors: readonly string[]): Promise<RedisReport> {
  const { redis, failed } = await connected(url);
  try {
    await redis.ping().catch((error: unknown) => {
      throw new StoreUnavailable(redis.status === 'ready' ? reasonOf(error) : failed(), { cause: error });
    });
    return {
      info: await redis.info().then(fields, () => ({})),
      config: await configOf(redis),
      denied: await deniedTo(redis, doors),
      clockAheadMs: await clockAhead(redis),
      unfollowed: await followed(url, doors),
      open: await answersAnybody(url),
    };
  } finally {
    redis.disconnect();
  }
}

async function connected(url: string): Promise<{ readonly redis: Redis; readonly failed: () => string }> {
  const redis = redisConnection(url, { connectionName: 'knockgate-doctor' });
  let reason = 'no answer';
  redis.on('error', (error: Error) => (reason = reasonOf(error)));
  await connectionAttempt(redis);
  return { redis, failed: () => reason };
}

/** INFO's `field:value` lines (redis.io, INFO). */
function fields(text: string): Record<string, string> {
  return Object.fromEntries(Array.from(text.matchAll(/^(\w+):(.*?)\r?$/gmu), ([, name, value]) => [name!, value!]));
}

async function configOf(redis: Redis): Promise<Record<string, string> | undefined> {
  try {
    const found: Record<string, string> = {};
    for (const name of DIRECTIVES) found[name] = (await redis.config('GET', name))[1] ?? '';
    return found;
  } catch {
    return undefined;
  }
}

async function deniedTo(redis: Redis, doors: readonly string[]): Promise<readonly string[] | undefined> {
  const denied = new Set<string>();
  for (const door of doors) {
    const grant = redisKeys.grant({ door, ip: '192.0.2.1' });
    const process = redisKeys.process({ host: 'host', pid: 1, roles: 'listener' });
    const keys = [grant, redisKeys.events(door), redisKeys.claimed(door), process, redisKeys.processes];
    try {
      const names = await defineCommands(redis).denied(keys);
      if (names === null) return undefined;
      for (const name of names) denied.add(name);
    } catch {
      denied.add('EVALSHA'); // scripts, or all of these keys
    }
  }
  return [...denied];
}

async function clockAhead(redis: Redis): Promise<number> {
  const askedMs = Date.now();
  const [seconds, microseconds] = (await redis.time().catch(() => [askedMs / 1000, 0])).map(Number) as [number, number];
  return seconds * 1000 + microseconds / 1000 - (askedMs + Date.now()) / 2;
}

/** Follows as a gateway does, until the first word. */
async function followed(url: string, doors: readonly string[]): Promise<string | undefined> {
  let following: RedisFollowing | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve) => {
      timer = setTimeout(() => resolve('no snapshot came'), ANSWER_WITHIN_MS);
      const ignore = (): void => {};
      const follower = { snapshot: () => resolve(undefined), changed: ignore, withoutTtl: ignore, lost: resolve };
      following = new RedisFollowing(url, doors, follower);
    });
  } finally {
    clearTimeout(timer);
    following?.close();
  }
}

/** SECURITY: nobody's credentials go over this connection: what it is asked is whether it wants any. */
async function answersAnybody(url: string): Promise<boolean> {
  const bare = new URL(url);
  bare.username = bare.password = '';
  const { redis } = await connected(bare.href);
  try {
    await redis.ping();
    return true;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}
