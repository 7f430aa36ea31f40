import { hostPort } from '#address';
import type { Redis } from 'ioredis';
import { StoreUnavailable } from '../grant-store.js';
import { reasonOf } from './reason-of.js';

/** What ioredis says where it does not say why. */
const CLOSED = 'Connection is closed.';

/** Makes of an error of this connection's commands what the port tells: while it is away, why that is. */
export function unavailableBy(redis: Redis): (error: unknown) => StoreUnavailable {
  const lastError = lastErrorOf(redis);
  return (error) => {
    const reason = redis.status === 'ready' ? naming(redis, reasonOf(error)) : lastError();
    return new StoreUnavailable(reason, { cause: error });
  };
}

/** Why a connection is not there. */
export function lastErrorOf(redis: Redis): () => string {
  let last = 'not connected';
  const bySentinel = new Set<string>();
  redis.on('sentinelError', (error: Error) => bySentinel.add(sentinelReason(error.message, redis.options.name)));
  redis.on('error', (error: Error) => {
    const reason = reasonOf(error);
    // once all of them have been asked
    last =
      reason.startsWith('All sentinels') && bySentinel.size > 0 ? [...bySentinel].join('; ') : naming(redis, reason);
    bySentinel.clear();
  });
  redis.on('ready', () => (last = naming(redis, 'connection closed')));
  return () => last;
}

/** Which server it is that Sentinels have named, where the reason does not say so itself. */
function naming({ options, stream }: Redis, reason: string): string {
  const { remoteAddress: host, remotePort: port } = (stream as Redis['stream'] | undefined) ?? {};
  if (!options.sentinels || host === undefined || port === undefined || reason.includes(`:${port}`)) return reason;
  return `${hostPort({ host, port })}: ${reason}`;
}

/** What ioredis makes of a Sentinel that does not help (SentinelConnector), in our words. */
function sentinelReason(message: string, master: string | null | undefined): string {
  const [, strange] = /^connected to sentinel (\S+) successfully, but got an invalid reply/u.exec(message) ?? [];
  if (strange !== undefined) return `Sentinel ${strange} knows no master called ${master}`;
  const [, at, reason] = /^failed to connect to sentinel (\S+) because (.*)/u.exec(message) ?? [];
  if (at === undefined) return message;
  return reason === CLOSED ? `Sentinel ${at} cannot be reached` : `Sentinel ${at}: ${reason}`;
}
