import type { Redis } from 'ioredis';
import { StoreUnavailable } from '../grant-store.js';
import { reasonOf } from './reason-of.js';

/** Makes of an error of this connection's commands what the port tells: while it is away, why that is. */
export function unavailableBy(redis: Redis): (error: unknown) => StoreUnavailable {
  let lastError = 'not connected';
  redis.on('error', (error: Error) => (lastError = reasonOf(error)));
  redis.on('ready', () => (lastError = 'connection closed'));
  return (error) => new StoreUnavailable(redis.status === 'ready' ? reasonOf(error) : lastError, { cause: error });
}
