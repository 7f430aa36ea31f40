import type { Grant } from '#grants';
import type { GrantView } from './api-schemas.js';

/** EXPIRE by hand changes when a grant ends, and not what it says of that. */
const SAME_END_MS = 1000;

export interface Clocks {
  /** This process's monotonic clock. */
  readonly monotonicMs: number;
  /** The store's, since the epoch. */
  readonly storeMs: number;
}

export function grantView(grant: Grant, { monotonicMs, storeMs }: Clocks): GrantView {
  const { door, ip, method, listener, grantedAt, expiresAt, deadlineMs } = grant;
  const leftMs = Math.max(0, Math.round(deadlineMs - monotonicMs));
  const endMs = storeMs + leftMs;
  const saidMs = Date.parse(expiresAt);
  const isSaid = Math.abs(saidMs - endMs) <= SAME_END_MS;
  const wholeMs = (isSaid ? saidMs : endMs) - Date.parse(grantedAt);
  return {
    door,
    ip,
    method,
    listener,
    granted_at: grantedAt,
    expires_at: isSaid ? expiresAt : new Date(endMs).toISOString(),
    ends_in_ms: leftMs,
    lasts_ms: wholeMs >= leftMs ? Math.round(wholeMs) : leftMs,
  };
}
