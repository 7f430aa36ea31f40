import type { AuditEntry, EndReason, Grant, GrantKey, GrantRequest, Granted } from './grant.js';
import type { ProcessKey, ProcessReport } from './process-report.js';
import type { HistoryPage, TrailEntry, TrailReader } from './trail.js';

/**
 * Where grants live: the only state that listener and gateway share. Its contract suite (test/contract) holds for each
 * adapter. Every method rejects with StoreUnavailable when the store cannot be asked now; none waits for it to come
 * back, and nothing is queued.
 */
export abstract class GrantStore {
  /** Opens the door for an IP, or extends the grant that lives: TTL = max(left, ttlMs). One step with its event. */
  abstract grant(request: GrantRequest): Promise<Granted>;

  /** Takes what works once, such as a one-time sequence, by a token for it. False if anybody has taken it before. */
  abstract claim(door: string, token: string): Promise<boolean>;

  /** Those of the tokens that are taken. */
  abstract claimed(door: string, tokens: readonly string[]): Promise<ReadonlySet<string>>;

  /** Ends a grant, in one step with its event. False if there was none. */
  abstract revoke(key: GrantKey, by: string): Promise<boolean>;

  abstract read(key: GrantKey): Promise<Grant | undefined>;

  /** All live grants, of all doors or of these. */
  abstract list(doors?: readonly string[]): Promise<Grant[]>;

  /** Adds to a door's audit trail, which keeps about `maxEvents` entries, in one step. */
  abstract record(door: string, ...entries: AuditEntry[]): Promise<void>;

  /** Records how a grant ended, once, whoever else saw it end. A grant that lives on is left alone. */
  abstract recordEnd(grant: Grant, reason: EndReason): Promise<void>;

  /** The newest entries of a door's audit trail, newest first. */
  abstract events(door: string, count: number): Promise<AuditEntry[]>;

  /** A page of these doors' audit trails together, newest first. */
  abstract history(doors: readonly string[], page: HistoryPage): Promise<TrailEntry[]>;

  /** Reads these doors' audit trails on and on: from `sinceMs` ago by the store's clock, or from the oldest entry. */
  abstract trail(doors: readonly string[], sinceMs?: number): TrailReader;

  /**
   * Tells `follower` all grants of these doors, then each change. Where the store is lost and found again, all of them
   * again. Does not wait for a store that is away.
   */
  abstract follow(doors: readonly string[], follower: GrantFollower): Following;

  /** Says how a process is, in place of what it said before. It counts for REPORT_TTL_MS. */
  abstract report(report: ProcessReport): Promise<void>;

  /** Takes back what a process has said of itself: it ends. */
  abstract retire(process: ProcessKey): Promise<void>;

  /** What the processes that live say of themselves, by host, roles and pid. */
  abstract reports(): Promise<ProcessReport[]>;

  /** Resolves if the store answers and changes do reach the followers. */
  abstract ping(): Promise<void>;

  /** What it is, and what time it has. */
  abstract facts(): Promise<StoreFacts>;

  /** Gives the connections back. Followers and readers of the trail hear nothing more. */
  abstract close(): Promise<void>;
}

export interface StoreFacts {
  /** Its name and version, such as `Redis 7.0.15`. */
  readonly name: string;
  /** HOST:PORT of each server that has keys; none of what is in memory. */
  readonly servers: readonly string[];
  /** Its clock, which stamps grants and events, in milliseconds since the epoch. */
  readonly nowMs: number;
}

export interface Following {
  /** Asks for another snapshot, to be sure; it arrives at the follower. */
  resync(): void;
  /** The follower hears nothing more. */
  close(): void;
}

/** Hears what the store knows. Never throws. */
export interface GrantFollower {
  /** It lets clients in: what is granted by the same store object it is told with the store's answer to that, where it can be. */
  readonly isGate?: true;
  /** These are all the live grants of the followed doors; whatever else was known is no more. */
  snapshot(grants: readonly Grant[]): void;
  /** The grant as it is now, or undefined if there is none. */
  changed(key: GrantKey, grant: Grant | undefined): void;
  /** There is a key, but without a TTL: it is no grant, since a grant has a deadline. */
  withoutTtl(key: GrantKey): void;
  /** The store is away: changes are missed until the next snapshot. */
  lost(reason: string): void;
}

/** The store cannot be asked now. Its message names no credential. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
