import type { Redis } from 'ioredis';
import { StoreUnavailable } from '../grant-store.js';
import { reasonOf } from './reason-of.js';

/** Makes of an error of this connection's commands what the port tells: while it is away, why that is. */
export function unavailableBy(redis: Redis): (error: unknown) => StoreUnavailable {
  const lastError = lastErrorOf(redis);
  return (error) => new StoreUnavailable(redis.status === 'ready' ? reasonOf(error) : lastError(), { cause: error });
}

/** Why a connection is not there. */
export function lastErrorOf(redis: Redis): () => string {
  let last = 'not connected';
  let ofSentinel = '';
  redis.on('sentinelError', (error: Error) => (ofSentinel = sentinelReason(error.message, redis.options.name)));
  redis.on('error', (error: Error) => {
    const reason = reasonOf(error);
    last = reason.startsWith('All sentinels') && ofSentinel !== '' ? ofSentinel : reason;
  });
  redis.on('ready', () => (last = 'connection closed'));
  return () => last;
}

/** What ioredis makes of a Sentinel that does not help (SentinelConnector), in our words. */
function sentinelReason(message: string, master: string | null | undefined): string {
  const [, strange] = /^connected to sentinel (\S+) successfully, but got an invalid reply/u.exec(message) ?? [];
  if (strange !== undefined) return `Sentinel ${strange} knows no master called ${master}`;
  return message.replace(/^failed to connect to sentinel (\S+) because /u, 'Sentinel $1: ');
}
