import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.js';
import { foldLoads, LoadGauge, measureLoad, NO_LOAD, type ProcessLoad } from './process-load.js';

const BUSY_MS = 300;

describe('LoadGauge', () => {
  it('tells what the heap holds, and of what is held outside it', () => {
    const gauge = new LoadGauge();
    const before = gauge.take();
    const held = [Buffer.alloc(50e6), Array.from({ length: 1e6 }, (_, i) => ({ i }))];
    const after = gauge.take();
    expect(held).toHaveLength(2);
    expect(after.externalBytes - before.externalBytes).toBeGreaterThan(49e6);
    expect(after.heapUsedBytes - before.heapUsedBytes).toBeGreaterThan(8e6);
    expect(after.residentBytes).toBeGreaterThan(after.heapUsedBytes);
  });

  it('tells by how much a turn was late, once', async () => {
    const gauge = new LoadGauge();
    await delay(100); // turns that are not late
    const startMs = performance.now();
    while (performance.now() - startMs < BUSY_MS);
    await delay(50);
    const { loopDelayMaxSeconds, loopDelayP50Seconds } = gauge.take();
    expect(loopDelayMaxSeconds).toBeGreaterThan((BUSY_MS / 1000) * 0.8);
    expect(loopDelayP50Seconds).toBeLessThan(loopDelayMaxSeconds);
    expect(gauge.take()).toMatchObject({ loopDelayP50Seconds: 0, loopDelayP99Seconds: 0, loopDelayMaxSeconds: 0 });
  });
});

describe('several processes', () => {
  const load = (value: number): ProcessLoad =>
    Object.fromEntries(Object.keys(NO_LOAD).map((key) => [key, value])) as unknown as ProcessLoad;

  it('have their bytes added up, and the worst of their delays', () => {
    expect(foldLoads([load(1), load(3), NO_LOAD])).toEqual({
      residentBytes: 4,
      heapUsedBytes: 4,
      externalBytes: 4,
      loopDelayP50Seconds: 3,
      loopDelayP99Seconds: 3,
      loopDelayMaxSeconds: 3,
    });
    expect(foldLoads([])).toEqual(NO_LOAD);
  });

  it('are one in the metrics too, each taken once for all of them', async () => {
    const metrics = new Metrics();
    let taken = 0;
    measureLoad(metrics, () => ((taken += 1), load(2)));
    measureLoad(metrics, () => load(5));
    const told = Object.fromEntries((await metrics.asJson()).map(({ name, values }) => [name, values[0]!.value]));
    expect(told).toEqual({
      process_resident_memory_bytes: 7,
      nodejs_heap_size_used_bytes: 7,
      nodejs_external_memory_bytes: 7,
      nodejs_eventloop_lag_p50_seconds: 5,
      knockgate_event_loop_delay_seconds: 5,
      nodejs_eventloop_lag_max_seconds: 5,
    });
    await metrics.asJson();
    expect(taken).toBe(2);
  });
});
