import { monotonicMs } from './monotonic-ms.js';

const MAX_TIMEOUT_MS = 2 ** 31 - 1; // setTimeout's limit, 24.8 days

interface Armed {
  readonly deadlineMs: number;
  /** Fires if its time has come. */
  readonly check: () => void;
}

const armed = new Set<Armed>();
/** None of them is reached before. */
let soonestMs = Infinity;

/** Calls back once `deadlineMs` is reached on the monotonic clock, never before it; returns how to call it off. */
export function deadlineTimer(deadlineMs: number, reached: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    // setTimeout may fire a fraction of a millisecond early: round up
    timer = setTimeout(check, Math.min(MAX_TIMEOUT_MS, Math.max(0, Math.ceil(deadlineMs - monotonicMs()))));
  };
  const check = (): void => {
    clearTimeout(timer);
    if (monotonicMs() < deadlineMs) return arm();
    armed.delete(own);
    reached();
  };
  const own = { deadlineMs, check };
  armed.add(own);
  soonestMs = Math.min(soonestMs, deadlineMs);
  arm();
  return () => {
    armed.delete(own);
    clearTimeout(timer);
  };
}

/**
 * Calls back for each timer of this process whose time has come. SECURITY: to be called before anything is passed on: when a
 * process could not run for a while, Node hands it what has arrived meanwhile ahead of the timers that are late.
 */
export function meetDeadlines(): void {
  const nowMs = monotonicMs();
  if (nowMs < soonestMs) return;
  for (const { deadlineMs, check } of armed) if (deadlineMs <= nowMs) check();
  soonestMs = Infinity;
  for (const { deadlineMs } of armed) soonestMs = Math.min(soonestMs, deadlineMs);
}
