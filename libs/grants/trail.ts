import type { AuditEntry } from './grant.js';

/** An entry of the audit trail, and where it stands. */
export interface TrailEntry {
  readonly door: string;
  /** One of a kind at its door, and later ones are greater, as Redis orders the ids of a stream. */
  readonly id: string;
  readonly fields: AuditEntry;
}

export interface HistoryPage {
  /** A few more may come: entries of one id, each of another door, are not torn apart. */
  readonly count: number;
  /** Only what is older than this id; the last one of a page asks for the next. */
  readonly before?: string | undefined;
}

/** Reads the audit trail of some doors from its past into what comes. Keeps no more than one answer in memory. */
export interface TrailReader {
  /**
   * The next entries of all its doors, in the order of the store's clock; none if none comes within `waitMs`, or once
   * it is closed. Rejects with StoreUnavailable; the call after that goes on where the last answer ended, so that no
   * entry is lost and none comes twice. One call at a time.
   */
  next(waitMs: number): Promise<readonly TrailEntry[]>;
  close(): void;
}
