/** Milliseconds on this process's monotonic clock: unaffected by any change of the time of day. */
export function monotonicMs(): number {
  return performance.now();
}
