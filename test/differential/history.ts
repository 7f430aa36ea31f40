import fc from 'fast-check';
import { doorsArbitrary } from './door-arbitrary.js';
import { traceArbitrary } from './trace-arbitrary.js';
import type { LaneConfig, Packet } from './trace.js';

/** All that one lane hears: its traces, one beginning after the other, whether those before are over or not. */
export interface History {
  readonly config: LaneConfig;
  readonly traces: readonly (readonly Packet[])[];
}

/** A trace begins so long after the one before. */
const NEXT_MS = { min: 150, max: 580 } as const;
/** And longer after a long one: knockgate logs 50 first and 50 further steps a second, and each is compared. */
const NEXT_MS_A_PACKET = 25;

/** The same for the same seed. @param lane the sources' addresses tell the lanes apart */
export function history(seed: number, lane: number, count: number): History {
  const [doors] = fc.sample(doorsArbitrary, { seed: seed + lane, numRuns: 1 });
  const config: LaneConfig = { doors: doors!, capture: lane % 4 === 3 ? 'raw' : 'packet' };
  const traces = fc.sample(traceArbitrary(config), { seed: seed + lane, numRuns: count });
  const gaps = fc.sample(fc.integer(NEXT_MS), { seed: seed + lane, numRuns: count });
  let startMs = 0;
  return {
    config,
    traces: traces.map((packets, index) => {
      startMs += Math.max(gaps[index]!, NEXT_MS_A_PACKET * (traces[index - 1]?.length ?? 0));
      return place(packets, { startMs, lane, index });
    }),
  };
}

interface Place {
  readonly startMs: number;
  readonly lane: number;
  readonly index: number;
}

/** Sources of its own for each trace: what is left of one trace at the doors is nobody's of the next. */
function place(packets: readonly Packet[], { startMs, lane, index }: Place): Packet[] {
  return packets.map((packet) => {
    const [actor, version] = packet.source.split('/');
    const last = 1 + Number(actor) + 4 * (index % 60);
    const block = Math.floor(index / 60);
    const source = version === '6' ? `fd88::${lane + 1}:${block + 1}:${last}` : `10.${100 + lane}.${block}.${last}`;
    return { ...packet, atMs: packet.atMs + startMs, source };
  });
}

/** In the order of their time. */
export function packetsOf(traces: History['traces']): Packet[] {
  return traces.flat().toSorted((x, y) => x.atMs - y.atMs);
}

const REPLAY_GAP_MS = 200;

/** The traces in which one of these sources takes part, one after the other. */
export function replay({ config, traces }: History, sources: ReadonlySet<string>): History {
  let endMs = 0;
  const again = traces.filter((trace) => trace.some(({ source }) => sources.has(source)));
  return {
    config,
    traces: again.map((trace) => {
      const byMs = endMs - trace[0]!.atMs;
      endMs += trace.at(-1)!.atMs - trace[0]!.atMs + REPLAY_GAP_MS;
      return trace.map((packet) => ({ ...packet, atMs: packet.atMs + byMs }));
    }),
  };
}
