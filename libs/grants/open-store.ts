import { GrantStore } from './grant-store.js';
import { MemoryGrantStore } from './memory/memory-grant-store.js';
import { RedisGrantStore } from './redis/redis-grant-store.js';

/** The config's `store`, and how many entries each door's audit trail keeps. */
export interface StoreOptions {
  readonly store: { readonly kind: 'memory' } | { readonly kind: 'redis'; readonly url: string };
  readonly maxEvents: number;
}

/** The store that the config names. Answers at once, also if Redis is away: it goes on trying. */
export function openStore({ store, maxEvents }: StoreOptions): GrantStore {
  return store.kind === 'memory' ? new MemoryGrantStore(maxEvents) : new RedisGrantStore(store.url, maxEvents);
}
