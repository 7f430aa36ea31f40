import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { CountName, Metrics } from './metrics.js';

const RESOLUTION_MS = 20;
const NS = 1e9;

/** What a process costs: bytes now, and by how much its event loop has been late since it was last asked. */
export interface ProcessLoad {
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  /** Outside V8's heap, for objects in it. */
  readonly externalBytes: number;
  readonly loopDelayP50Seconds: number;
  readonly loopDelayP99Seconds: number;
  readonly loopDelayMaxSeconds: number;
}

export const NO_LOAD: ProcessLoad = {
  residentBytes: 0,
  heapUsedBytes: 0,
  externalBytes: 0,
  loopDelayP50Seconds: 0,
  loopDelayP99Seconds: 0,
  loopDelayMaxSeconds: 0,
};

const NAMES: Readonly<Record<keyof ProcessLoad, CountName>> = {
  residentBytes: 'process_resident_memory_bytes',
  heapUsedBytes: 'nodejs_heap_size_used_bytes',
  externalBytes: 'nodejs_external_memory_bytes',
  loopDelayP50Seconds: 'nodejs_eventloop_lag_p50_seconds',
  loopDelayP99Seconds: 'knockgate_event_loop_delay_seconds',
  loopDelayMaxSeconds: 'nodejs_eventloop_lag_max_seconds',
};

/** What this process costs. The event loop is measured without JavaScript: by a timer of libuv's. */
export class LoadGauge {
  private readonly delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.delays.enable();
  }

  take(): ProcessLoad {
    const { rss, heapUsed, external } = process.memoryUsage();
    const { delays } = this;
    const seen = delays.count > 0;
    const load = {
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      externalBytes: external,
      loopDelayP50Seconds: seen ? lateBy(delays.percentile(50)) : 0,
      loopDelayP99Seconds: seen ? lateBy(delays.percentile(99)) : 0,
      loopDelayMaxSeconds: seen ? lateBy(delays.max) : 0,
    };
    delays.reset();
    return load;
  }
}

/** Node records the whole time between two turns. */
function lateBy(nanoseconds: number): number {
  return Math.max(0, nanoseconds / NS - RESOLUTION_MS / 1000);
}

/** Bytes of all of them, and the worst delays. */
export function foldLoads(loads: readonly ProcessLoad[]): ProcessLoad {
  const sum = (key: keyof ProcessLoad): number => loads.reduce((total, load) => total + load[key], 0);
  const most = (key: keyof ProcessLoad): number => Math.max(0, ...loads.map((load) => load[key]));
  return {
    residentBytes: sum('residentBytes'),
    heapUsedBytes: sum('heapUsedBytes'),
    externalBytes: sum('externalBytes'),
    loopDelayP50Seconds: most('loopDelayP50Seconds'),
    loopDelayP99Seconds: most('loopDelayP99Seconds'),
    loopDelayMaxSeconds: most('loopDelayMaxSeconds'),
  };
}

/** Has it read as metrics. */
export function measureLoad(metrics: Metrics, take: () => ProcessLoad): void {
  let known: ProcessLoad | undefined;
  /** Once for all metrics, which are read in one go. */
  const loadNow = (): ProcessLoad => {
    if (known === undefined) queueMicrotask(() => (known = undefined));
    return (known ??= take());
  };
  for (const [key, name] of Object.entries(NAMES) as [keyof ProcessLoad, CountName][]) {
    metrics.read(name, () => loadNow()[key]);
  }
}
