import { type HostPort, hostPort } from '#address';
import type { Redis } from 'ioredis';
import { StoreUnavailable } from '../grant-store.js';
import { ClusterServers } from './cluster-servers.js';
import { reasonOf } from './reason-of.js';
import { defineCommands } from './redis-commands.js';
import { connectionAttempt, expectAnswer, redisConnection } from './redis-connection.js';
import { RedisFollowing } from './redis-following.js';
import { redisKeys } from './redis-keys.js';
import { type MasterTarget, nodeTarget, type RedisTarget, type SentinelTarget } from './redis-target.js';
import { lastErrorOf } from './store-unavailable.js';

/** What a Redis says of itself, and what its user may do there. Nothing was changed to learn it. */
export interface RedisReport {
  /** HOST:PORT, as it was reached. */
  readonly at: string;
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

/** What a Sentinel says; `reason`: why it would not help if the master were lost, undefined if it would. */
export interface SentinelReport {
  readonly at: string;
  readonly reason: string | undefined;
}

const DIRECTIVES = [
  'bind',
  'protected-mode',
  'save',
  'appendonly',
  'stop-writes-on-bgsave-error',
  'min-replicas-to-write',
] as const;
const ANSWER_WITHIN_MS = 5000;

/** What the doors keep there. */
export interface DoorKeys {
  readonly doors: readonly string[];
  /** Whether their attempts are there too. */
  readonly sharedAttempts: boolean;
}

/**
 * Asks each Redis that has keys what an operator should know before knockgate relies on it.
 * @throws (rejects) StoreUnavailable if one cannot be reached, or refuses this user
 */
export async function redisReports(target: RedisTarget, of: DoorKeys): Promise<readonly RedisReport[]> {
  if (target.kind !== 'cluster') return [await reportOf(target, of)];
  const servers = new ClusterServers(target, 'knockgate-doctor');
  try {
    await servers.check();
    const placed = servers.placed(of.doors) ?? new Map<string, string[]>();
    const names = (await servers.masters()).map(({ options }) => `${options.host}:${options.port}`);
    return await Promise.all(
      names.map((name) => reportOf(servers.node(name), { ...of, doors: placed.get(name) ?? [] })),
    );
  } catch (error) {
    throw servers.unavailable(error);
  } finally {
    servers.close();
  }
}

/** Asks each Sentinel whether it knows the master, and enough others to replace it (SENTINEL CKQUORUM). */
export function sentinelReports(target: SentinelTarget): Promise<readonly SentinelReport[]> {
  const { name, sentinels, tls, sentinelUsername: username, sentinelPassword: password } = target;
  return Promise.all(
    sentinels.map(async (address) => {
      const { redis, failed } = connected(nodeTarget(address, { username, password, tls }));
      try {
        await connectionAttempt(redis);
        await redis.call('SENTINEL', 'CKQUORUM', name);
        return { at: hostPort(address), reason: undefined };
      } catch (error) {
        return { at: hostPort(address), reason: redis.status === 'ready' ? reasonOf(error) : failed() };
      } finally {
        redis.disconnect();
      }
    }),
  );
}

async function reportOf(target: MasterTarget, of: DoorKeys): Promise<RedisReport> {
  const { doors } = of;
  const { redis, failed } = connected(target);
  try {
    await connectionAttempt(redis);
    await expectAnswer(redis).catch((error: unknown) => {
      throw new StoreUnavailable(redis.status === 'ready' ? reasonOf(error) : failed(), { cause: error });
    });
    const { remoteAddress: host = '', remotePort: port = 0 } = redis.stream;
    return {
      at: hostPort({ host, port }),
      info: await redis.info().then(fields, () => ({})),
      config: await configOf(redis),
      denied: await deniedTo(redis, of),
      clockAheadMs: await clockAhead(redis),
      unfollowed: doors.length === 0 ? undefined : await followed(target, doors),
      open: await answersAnybody(target, { host, port }),
    };
  } finally {
    redis.disconnect();
  }
}

function connected(target: MasterTarget): { readonly redis: Redis; readonly failed: () => string } {
  const redis = redisConnection(target, { connectionName: 'knockgate-doctor' });
  return { redis, failed: lastErrorOf(redis) };
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

async function deniedTo(redis: Redis, { doors, sharedAttempts }: DoorKeys): Promise<readonly string[] | undefined> {
  const denied = new Set<string>();
  const process = [redisKeys.process({ host: 'host', pid: 1, roles: 'listener' }), redisKeys.processes];
  const ofDoors = doors.map((door) => {
    const grants = [redisKeys.grant({ door, ip: '192.0.2.1' }), redisKeys.events(door), redisKeys.claimed(door)];
    return sharedAttempts ? [...grants, ...redisKeys.attempts(door, 'id')] : grants;
  });
  for (const keys of [...ofDoors, process]) {
    try {
      const names = await defineCommands(redis).denied(keys);
      if (names === null) return undefined;
      for (const name of names) denied.add(name);
    } catch (error) {
      // scripts, or all of these keys; in a cluster another master may have them
      if (!reasonOf(error).startsWith('MOVED')) denied.add('EVALSHA');
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
async function followed(target: MasterTarget, doors: readonly string[]): Promise<string | undefined> {
  let following: RedisFollowing | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve) => {
      timer = setTimeout(() => resolve('no snapshot came'), ANSWER_WITHIN_MS);
      const ignore = (): void => {};
      const follower = { snapshot: () => resolve(undefined), changed: ignore, withoutTtl: ignore, lost: resolve };
      following = new RedisFollowing(target, doors, follower);
    });
  } finally {
    clearTimeout(timer);
    following?.close();
  }
}

/** SECURITY: nobody's credentials go over this connection: what it is asked is whether it wants any. */
async function answersAnybody(target: MasterTarget, at: HostPort): Promise<boolean> {
  const { redis } = connected(withoutCredentials(target, at));
  try {
    await connectionAttempt(redis);
    await expectAnswer(redis);
    return true;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

function withoutCredentials(target: MasterTarget, at: HostPort): MasterTarget {
  if (target.kind !== 'redis') return nodeTarget(at, { tls: target.tls });
  const url = new URL(target.url);
  url.username = url.password = '';
  return { kind: 'redis', url: url.href, tls: target.tls };
}
