import type { LogEvent } from '../lab/knockgate.js';
import { keyOf, type Seen } from './knockd.js';
import { KnockdModel, type Said } from './knockd-model.js';
import type { LaneRun } from './lane.js';
import { KNOCKD, KNOCKGATE, type Packet } from './trace.js';

/** Nearer to a timeout than this, or judged later than this, and a busy machine's clock has decided: inconclusive. */
export const MARGIN_MS = 100;

export interface Fault {
  readonly who: 'knockd' | 'knockgate';
  readonly source: string;
  readonly expected: string;
  readonly said: string;
}

export interface Verdict {
  /** Each thing that a real one said and its model did not, or the other way round. Of knockd the first: the rest follow. */
  readonly faults: readonly Fault[];
  /** Sources of which nothing can be said. */
  readonly inconclusive: ReadonlySet<string>;
}

/** Compares the real ones with the models. */
export function judge(run: LaneRun): Verdict {
  const suppressed = run.knockgate.find(({ event }) => event === 'stages_suppressed');
  if (suppressed !== undefined) throw new Error(`the traces follow too fast on one another: ${suppressed.msg}`);
  const inconclusive = new Set<string>();
  const faults = [...judgeKnockd(run), ...judgeKnockgate(run, inconclusive)];
  return { faults: faults.filter((fault) => fault.who === 'knockd' || !inconclusive.has(fault.source)), inconclusive };
}

/** Packet by packet: what it sees, when, and all that it says of it. */
function judgeKnockd({ config, packets, knockd }: LaneRun): Fault[] {
  const model = new KnockdModel(config.doors, KNOCKD);
  let next = 0;
  for (const packet of packets) {
    const seen = knockd[next]?.key === keyOf(packet) ? knockd[next] : undefined;
    const expected = model.observe(seen === undefined ? packet : inSecondOf(packet, seen));
    if (expected !== undefined) next += 1;
    const said = expected === undefined ? undefined : seen?.said;
    if (text(said) !== text(expected)) {
      return [{ who: 'knockd', source: packet.source, expected: text(expected), said: text(seen?.said) }];
    }
  }
  const more = knockd[next];
  return more === undefined ? [] : [{ who: 'knockd', source: '', expected: 'no more', said: more.key }];
}

/** libpcap's clock and tcpdump's may read a second's end differently: knockd's own second counts for knockd. */
function inSecondOf(packet: Packet, { second }: Seen): Packet {
  const ms = packet.atMs;
  const at = [0, 1, -1].map((by) => ms + by * 1000).find((each) => Math.floor(each / 1000) % 60 === second);
  return { ...packet, atMs: at ?? ms };
}

function text(said: readonly Said[] | undefined): string {
  return said === undefined ? 'not seen' : said.map(({ source, door, what }) => `${source} ${door} ${what}`).join('; ');
}

interface Timed {
  readonly what: string;
  readonly atMs: number;
}

/** For each source and door: what is said in which order, and at which packet. */
function judgeKnockgate(run: LaneRun, inconclusive: Set<string>): Fault[] {
  const model = new KnockdModel(run.config.doors, KNOCKGATE);
  const expected = run.packets.flatMap((packet) =>
    (model.observe(packet) ?? []).map(({ source, door, what }) => ({ source, door, what, atMs: packet.atMs })),
  );
  for (const [source, ms] of model.nearestMs) if (ms < MARGIN_MS) inconclusive.add(source);
  const said = run.knockgate.flatMap(saidOf);
  const places = new Set([...expected, ...said].map(({ source, door }) => `${source} ${door}`));
  return [...places].flatMap((place) => {
    const at = (all: readonly (Said & Timed)[]): Timed[] =>
      all.filter(({ source, door }) => `${source} ${door}` === place);
    const [source, door] = place.split(' ') as [string, string];
    return compare({ source, door, model: at(expected), real: at(said) }, inconclusive);
  });
}

interface Sides {
  readonly source: string;
  readonly door: string;
  readonly model: readonly Timed[];
  readonly real: readonly Timed[];
}

function compare({ source, door, model, real }: Sides, inconclusive: Set<string>): Fault[] {
  // a grant is logged once it is written, which may be after the next packet's stage: two lists, each in its order
  return [isOpening, (timed: Timed) => !isOpening(timed)].flatMap((kind): Fault[] => {
    const [due, said] = [model.filter(kind), real.filter(kind)];
    if (said.some((each, index) => isLate(each, due[index]))) inconclusive.add(source);
    if (words(due) === words(said)) return [];
    return [{ who: 'knockgate', source, expected: `${door}: ${words(due)}`, said: `${door}: ${words(said)}` }];
  });
}

function isOpening({ what }: Timed): boolean {
  return what === 'OPEN SESAME';
}

/** A timeout is told by a timer, and by a model only with the next packet: its time is not compared here. */
function isLate({ what, atMs }: Timed, due: Timed | undefined): boolean {
  return due?.what === what && !what.startsWith('sequence timeout') && Math.abs(atMs - due.atMs) > MARGIN_MS;
}

function words(all: readonly Timed[]): string {
  return all.map(({ what }) => what).join('; ');
}

function saidOf(event: LogEvent): (Said & Timed)[] {
  const { ip, door, msg } = event as LogEvent & { ip?: string; door?: string };
  const what = /: (Stage \d+|OPEN SESAME|sequence timeout \(stage \d+\))/u.exec(msg)?.[1];
  if (ip === undefined || door === undefined || what === undefined) return [];
  return [{ source: ip, door, what, atMs: Date.parse(String(event['time'])) }];
}
