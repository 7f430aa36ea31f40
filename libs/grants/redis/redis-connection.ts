import { Redis, type RedisOptions } from 'ioredis';

/** A reply that takes longer than this counts as none. */
const COMMAND_TIMEOUT_MS = 2000;
const MAX_RETRY_DELAY_MS = 1000;

/**
 * A connection that never queues: while Redis is away each command fails at once, and none that failed is sent again
 * later, so that no grant is written when nobody waits for it any more. Reconnects for ever.
 */
export function redisConnection(url: string, options: Pick<RedisOptions, 'connectionName' | 'protocol'>): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(times * 50, MAX_RETRY_DELAY_MS),
    ...options,
  });
  redis.on('error', () => {}); // reported by `unavailableBy` where it matters; without a listener ioredis prints it
  return redis;
}

/** Waits for the outcome of an attempt to connect that is under way; never rejects, takes no longer than a timeout. */
export async function connectionAttempt(redis: Redis): Promise<void> {
  if (redis.status !== 'connecting' && redis.status !== 'connect') return;
  await new Promise<void>((resolve) => {
    redis.once('ready', resolve);
    redis.once('close', resolve);
    setTimeout(resolve, COMMAND_TIMEOUT_MS).unref(); // a server that hangs does neither
  });
}

/** Redis's own clock, in milliseconds since the epoch. */
export async function redisTimeMs(redis: Redis): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}
