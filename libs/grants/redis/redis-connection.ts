import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { ClusterTarget, MasterTarget, RedisAccess } from './redis-target.js';

/** A reply that takes longer than this counts as none. */
const COMMAND_TIMEOUT_MS = 2000;
/** Whoever has a grant is to be served within a second of the server's return. */
const MAX_RETRY_DELAY_MS = 500;
/** A server that loads what it keeps is asked again so soon: what it says of the time that it will take is a guess. */
const LOADING_RETRY_MS = 250;
/** A Sentinel that hangs holds up the question to the next one for so long. */
const SENTINEL_TIMEOUT_MS = 1000;
/** A server that hangs never says goodbye. */
const GOODBYE_MS = 500;

export type RedisClient = Redis | Cluster;

/** Replies are as RESP2 has them, whatever is spoken. */
type Options = Omit<RedisOptions, 'replyMapping'>;

const retryDelay = (times: number): number => Math.min(times * 50, MAX_RETRY_DELAY_MS);

/** What failed is never sent again. */
const COMMON = {
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: COMMAND_TIMEOUT_MS,
  disconnectTimeout: GOODBYE_MS,
  maxLoadingRetryTime: LOADING_RETRY_MS,
} as const;

/**
 * A connection that never queues: while Redis is away each command fails at once, and none that failed is sent again
 * later, so that no grant is written when nobody waits for it any more. Reconnects for ever; with Sentinels to
 * whatever server they call the master then.
 */
export function redisConnection(
  target: MasterTarget,
  options: Pick<RedisOptions, 'connectionName' | 'protocol'>,
): Redis {
  const all: Options = {
    ...COMMON,
    enableOfflineQueue: false,
    retryStrategy: retryDelay,
    // a server that has become a replica behind our back
    reconnectOnError: (error) => error.message.includes('READONLY'),
    ...credentials(target),
    ...options,
  };
  const redis =
    target.kind === 'redis'
      ? new Redis(target.url, all)
      : new Redis({
          ...all,
          sentinels: target.sentinels.map(({ host, port }) => ({ host, port })),
          name: target.name,
          sentinelRetryStrategy: retryDelay,
          sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
          ...(target.sentinelUsername === undefined ? {} : { sentinelUsername: target.sentinelUsername }),
          ...(target.sentinelPassword === undefined ? {} : { sentinelPassword: target.sentinelPassword }),
          ...(target.tls === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS: target.tls }),
        });
  redis.on('error', () => {}); // reported by `unavailableBy` where it matters; without a listener ioredis prints it
  return redis;
}

/** The same for a cluster: a command goes to the master that has its key, and after it if that has moved. */
export function clusterConnection(target: ClusterTarget, connectionName: string): Cluster {
  const cluster = new Cluster(
    target.nodes.map(({ host, port }) => ({ host, port })),
    {
      enableOfflineQueue: false,
      enableReadyCheck: false, // it would ask a node that is about to be connected, and begin anew
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      slotsRefreshTimeout: COMMAND_TIMEOUT_MS / 2,
      clusterRetryStrategy: retryDelay,
      // names stay names: that is what certificates are for
      dnsLookup: (name, callback) => callback(null, name),
      redisOptions: { ...COMMON, connectionName, ...credentials(target) },
    },
  );
  cluster.on('error', () => {});
  // replicas too: the master that one becomes is asked at once
  cluster.on('+node', (redis: Redis) => void redis.connect().catch(() => {}));
  return cluster;
}

function credentials({ username, password, tls }: RedisAccess): Options {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  };
}

/** Waits for the outcome of attempts to connect that are under way; never rejects, takes no longer than two timeouts. */
export async function connectionAttempt(redis: RedisClient): Promise<void> {
  await attemptOf(redis);
  if (redis instanceof Cluster) await Promise.all(redis.nodes('master').map(attemptOf));
}

async function attemptOf(redis: RedisClient): Promise<void> {
  if (redis.status !== 'connecting' && redis.status !== 'connect') return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      redis.off('ready', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(done, COMMAND_TIMEOUT_MS).unref(); // a server that hangs does neither
    redis.once('ready', done).once('close', done);
  });
}

/** Resolves if something answers on each of these; those that were connected and do not are connected anew. */
export async function expectAnswers(connections: readonly Redis[]): Promise<void> {
  await Promise.all(connections.map(connectionAttempt));
  try {
    await Promise.all(connections.map(expectAnswer));
  } catch (error) {
    // a connection whose other end vanished without a word would wait for TCP to notice
    for (const redis of connections) if (redis.status === 'ready' && redis.stream.writable) redis.disconnect(true);
    throw error;
  }
}

/** To PING alone of what is asked here a server that cannot save to its disk says that it takes no writes: that is an answer. */
export async function expectAnswer(redis: Redis): Promise<void> {
  try {
    await redis.ping();
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('MISCONF'))) throw error;
  }
}

/** Redis's own clock, in milliseconds since the epoch. */
export async function redisTimeMs(redis: RedisClient): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
