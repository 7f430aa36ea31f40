import { GrantStore } from './grant-store.js';
import { MemoryGrantStore } from './memory/memory-grant-store.js';
import { RedisGrantStore, type Unconfirmed } from './redis/redis-grant-store.js';
import type { RedisTarget } from './redis/redis-target.js';

/** The config's `store`, and how many entries each door's audit trail keeps. */
export interface StoreOptions {
  readonly store: { readonly kind: 'memory' } | RedisTarget;
  readonly maxEvents: number;
  /** Told of what fewer replicas than wanted have confirmed. */
  readonly unconfirmed?: (what: Unconfirmed) => void;
}

/** The store that the config names. Answers at once, also if Redis is away: it goes on trying. */
export function openStore({ store, maxEvents, unconfirmed }: StoreOptions): GrantStore {
  return store.kind === 'memory' ? new MemoryGrantStore(maxEvents) : new RedisGrantStore(store, maxEvents, unconfirmed);
}
