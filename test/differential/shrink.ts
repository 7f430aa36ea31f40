import type { NetLab } from '../lab/netlab.js';
import { type Fault, judge } from './judge.js';
import type { LaneRun } from './lane.js';
import { play } from './play.js';
import type { LaneConfig, Packet } from './trace.js';

/** What came before this lies beyond every timeout. */
const WINDOW_MS = 6000;

export interface Failure {
  readonly config: LaneConfig;
  /** As they were sent, all of the lane. */
  readonly packets: readonly Packet[];
  readonly fault: Fault;
}

interface Smaller {
  readonly run: LaneRun;
  readonly packets: readonly Packet[];
}

/**
 * Plays ever fewer packets of a failure to fresh real ones, a lane each, as long as some still fail.
 * @returns the smallest run found within the time; undefined if it could not be made to fail again
 */
export async function shrink(lab: NetLab, failure: Failure, forMs: number): Promise<LaneRun | undefined> {
  const deadlineMs = performance.now() + forMs;
  const inTime = (): boolean => performance.now() < deadlineMs;
  let smallest = await firstFailing(lab, { failure, candidates: windows(failure), inTime });
  for (let parts = 2; smallest !== undefined && inTime();) {
    const count = smallest.packets.length;
    const smaller = await firstFailing(lab, { failure, candidates: withoutOnePart(smallest.packets, parts), inTime });
    if (smaller === undefined && parts >= count) break;
    parts = smaller === undefined ? Math.min(count, parts * 2) : Math.max(2, parts - 1);
    smallest = smaller ?? smallest;
  }
  return smallest?.run;
}

interface Round {
  readonly failure: Failure;
  readonly candidates: readonly (readonly Packet[])[];
  readonly inTime: () => boolean;
}

async function firstFailing(lab: NetLab, { failure, candidates, inTime }: Round): Promise<Smaller | undefined> {
  const lanes = lab.hosts.length - 1;
  for (let next = 0; next < candidates.length && inTime(); next += lanes) {
    const some = candidates.slice(next, next + lanes).map((packets) => rebased(packets));
    const runs = await play(
      lab,
      some.map((packets) => ({ config: failure.config, packets })),
    );
    const index = runs.findIndex((run) => judge(run).faults.some(({ who }) => who === failure.fault.who));
    if (index !== -1) return { run: runs[index]!, packets: some[index]! };
  }
  return undefined;
}

/** The source alone, then with ever more of the others about it; of a fault that is no source's, all. */
function windows({ packets, fault }: Failure): (readonly Packet[])[] {
  const own = packets.filter(({ source }) => source === fault.source);
  if (own.length === 0) return [packets];
  const [first, last] = [own[0]!.atMs, own.at(-1)!.atMs];
  return [0, 500, 1000, 2000, 3000, WINDOW_MS].map((ms) =>
    packets.filter(
      (each) => each.source === fault.source || (ms > 0 && each.atMs >= first - ms && each.atMs <= last + ms),
    ),
  );
}

function withoutOnePart(packets: readonly Packet[], parts: number): Packet[][] {
  const size = Math.ceil(packets.length / parts);
  return Array.from({ length: parts }, (_, part) =>
    packets.filter((_packet, index) => Math.floor(index / size) !== part),
  ).filter((some) => some.length > 0 && some.length < packets.length);
}

/** From the begin of its first second: knockd counts whole ones. */
function rebased(packets: readonly Packet[]): Packet[] {
  const startMs = Math.floor(packets[0]!.atMs / 1000) * 1000;
  return packets.map((packet) => ({ ...packet, atMs: packet.atMs - startMs }));
}
