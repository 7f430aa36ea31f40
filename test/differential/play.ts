import { setTimeout as delay } from 'node:timers/promises';
import type { NetLab } from '../lab/netlab.js';
import { frame, type Link, macOf } from './frame.js';
import { Injector } from './injector.js';
import { Lane, type LaneRun, SENTINELS } from './lane.js';
import type { Door, LaneConfig, Packet } from './trace.js';

/** What one lane is to hear, in the order of its time. */
export interface Part {
  readonly config: LaneConfig;
  readonly packets: readonly Packet[];
}

/** After the longest `Seq_Timeout` of its doors each attempt of a lane is over by every clock, and has been said to be. */
const OVER_MS = 400;

/**
 * Plays each part to a lane of its own, all at the same time, and returns what came of it. Time 0 of the parts is the
 * begin of a second of the clock, as knockd counts whole seconds.
 * @param lab a client for each part
 */
export async function play(lab: NetLab, parts: readonly Part[]): Promise<LaneRun[]> {
  const hosts = lab.hosts.slice(1, 1 + parts.length);
  const links = await linksTo(lab, hosts.length);
  const lanes: Lane[] = [];
  await using injector = new Injector(lab.server);
  try {
    const started = parts.map(({ config }, index) =>
      Lane.start(hosts[index]!, config).then((lane) => (lanes[index] = lane)),
    );
    for (const each of await Promise.allSettled(started)) if (each.status === 'rejected') throw each.reason;
    await inject(
      injector,
      parts.flatMap(({ packets }, index) =>
        packets.map((each) => ({ atMs: each.atMs, frame: frame(each, hosts[index]!, links[index]!) })),
      ),
    );
    await delay(Math.max(...parts.flatMap(({ config }) => config.doors.map(timeoutMs))) + OVER_MS);
    for (const source of SENTINELS) {
      injector.send(lanes.map((lane, index) => frame(lane.sentinel(source), lane.host, links[index]!)));
      await Promise.all(lanes.map((lane) => lane.hasJudged(lane.sentinel(source))));
    }
    return await Promise.all(lanes.map((lane, index) => lane.finish(parts[index]!.packets)));
  } finally {
    await Promise.all(lanes.map((lane) => lane.stop()));
  }
}

async function linksTo(lab: NetLab, count: number): Promise<Link[]> {
  const from = await macOf(lab.server);
  return Promise.all(lab.hosts.slice(1, 1 + count).map(async (host) => ({ from, to: await macOf(host) })));
}

function timeoutMs({ seqTimeoutS }: Door): number {
  return seqTimeoutS * 1000;
}

interface Timed {
  readonly atMs: number;
  readonly frame: Buffer;
}

async function inject(injector: Injector, frames: readonly Timed[]): Promise<void> {
  const left = frames.toSorted((x, y) => x.atMs - y.atMs);
  const startMs = Math.ceil((Date.now() + 50) / 1000) * 1000;
  for (let next = 0; next < left.length;) {
    await delay(startMs + left[next]!.atMs - Date.now());
    const first = next;
    while (next < left.length && startMs + left[next]!.atMs <= Date.now()) next += 1;
    injector.send(left.slice(first, next).map((each) => each.frame));
  }
}
