import type { Redis } from 'ioredis';
import { StoreUnavailable } from '../grant-store.js';

/** Makes of an error of this connection's commands what the port tells: while it is away, why that is. */
export function unavailableBy(redis: Redis): (error: unknown) => StoreUnavailable {
  let lastError = 'not connected';
  redis.on('error', (error: Error) => (lastError = reasonOf(error)));
  redis.on('ready', () => (lastError = 'connection closed'));
  return (error) => new StoreUnavailable(redis.status === 'ready' ? reasonOf(error) : lastError, { cause: error });
}

/** An AggregateError (one refusal for each address of a host name) has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
