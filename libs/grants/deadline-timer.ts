import { monotonicMs } from './monotonic-ms.js';

const MAX_TIMEOUT_MS = 2 ** 31 - 1; // setTimeout's limit, 24.8 days

/** Calls back once `deadlineMs` is reached on the monotonic clock, never before it; returns how to call it off. */
export function deadlineTimer(deadlineMs: number, reached: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    // setTimeout may fire a fraction of a millisecond early: round up
    timer = setTimeout(check, Math.min(MAX_TIMEOUT_MS, Math.max(0, Math.ceil(deadlineMs - monotonicMs()))));
  };
  const check = (): void => {
    if (monotonicMs() < deadlineMs) arm();
    else reached();
  };
  arm();
  return () => clearTimeout(timer);
}
