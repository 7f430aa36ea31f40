/** The right of one IP at one door until a deadline. */
export interface Grant {
  readonly door: string;
  /** Canonical IP text (RFC 5952, RFC 4291 v4-mapped as plain IPv4). */
  readonly ip: string;
  /** ISO 8601, the store's clock; for people. Empty where somebody made the key by hand without it. */
  readonly grantedAt: string;
  readonly expiresAt: string;
  /** How it came about: `knock`, or `manual` for the command line. */
  readonly method: string;
  /** Who wrote it: host name and process. */
  readonly listener: string;
  /**
   * The deadline on this process's monotonic clock, in milliseconds: never later than the store's own, since it counts
   * from before the store was asked.
   */
  readonly deadlineMs: number;
  /** The same on the store's clock, in milliseconds since the epoch, where it has one: another one only if somebody has set it anew. */
  readonly endsAtMs?: number;
}

export interface GrantKey {
  readonly door: string;
  readonly ip: string;
}

export interface GrantRequest extends GrantKey {
  readonly ttlMs: number;
  readonly method: string;
  readonly listener: string;
  /** What led to it, for the audit trail, where it is written ahead of it in the same step. */
  readonly steps?: readonly AuditEntry[];
}

/** `extended` if a grant lived already; its time is then max(what was left, what was asked for). */
export interface Granted {
  readonly kind: 'opened' | 'extended';
  readonly grant: Grant;
}

/** Why a grant is no more. */
export type EndReason = 'expired' | 'revoked';

/** An entry of a door's audit trail, as field names and texts; `event` and `at` (ISO 8601, the store's clock) lead. */
export type AuditEntry = Readonly<Record<string, string>>;
