import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;
const NS = 1e9;

/** How late the event loop is. Measured without JavaScript: by a timer of libuv's. */
export class LoopDelay {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.histogram.enable();
  }

  /** By how much 99 of 100 turns were late at most since it was last asked, in seconds. */
  take(): number {
    const { count } = this.histogram;
    const between = count === 0 ? 0 : this.histogram.percentile(99); // Node records the whole time between two
    this.histogram.reset();
    return Math.max(0, between / NS - RESOLUTION_MS / 1000);
  }
}
