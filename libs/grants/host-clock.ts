import { monotonicMs } from './monotonic-ms.js';

/** Where this process's monotonic clock began on the one that all processes of this host share (CLOCK_MONOTONIC). */
const ORIGIN_MS = Number(process.hrtime.bigint()) / 1e6 - monotonicMs();

/** A time of this process's monotonic clock as another process of this host can read it. */
export function toHostMs(ownMs: number): number {
  return ownMs + ORIGIN_MS;
}

/** The inverse: such a time on this process's own clock. */
export function fromHostMs(hostMs: number): number {
  return hostMs - ORIGIN_MS;
}
