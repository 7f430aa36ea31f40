import type { Redis } from 'ioredis';
import type { Granted, GrantKey } from '../grant.js';
import type { Following, GrantFollower, StoreUnavailable } from '../grant-store.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisCommands } from './redis-commands.js';

/** A following that can say whether changes do reach it. */
export interface CheckedFollowing extends Following {
  /** Rejects if they do not. */
  check(): Promise<void>;
  /**
   * Asks for a grant in such a way that its answer, which comes in the order of what else the follower is told, tells that too.
   * Undefined: it cannot just now, nobody waits for that, or the door is not followed.
   */
  grant(key: GrantKey, ask: (commands: RedisCommands) => Promise<Granted>): Promise<Granted> | undefined;
}

/** The servers behind a store: one, the one that Sentinels name, or the masters of a cluster. */
export interface RedisServers {
  /** Takes commands, and sends each to the server that has its key. */
  readonly client: RedisClient;
  /** All that have keys, to be asked one by one. Rejects if one of them is away. */
  masters(): Promise<readonly Redis[]>;
  /** The one that has a door's keys, as far as it is known. */
  masterOf(door: string): Redis | undefined;
  /** HOST:PORT of each that has keys. */
  addresses(): readonly string[];
  follow(doors: readonly string[], follower: GrantFollower): CheckedFollowing;
  /** Resolves if all answer. */
  check(): Promise<void>;
  /** Makes of an error of a command what the port tells: while the servers are away, why that is. */
  unavailable(error: unknown): StoreUnavailable;
  close(): void;
}
