import { setTimeout as delay } from 'node:timers/promises';
import { judgeSeries, type Series, type Verdict } from './judge-series.js';
import { type Counted, FLOOD, MixedTraffic } from './mixed-traffic.js';
import { ROLES, type Role } from './roles.js';
import { SoakLab } from './soak-lab.js';
import { openFds, type Sample, takeSample } from './take-sample.js';

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Grants last a third of the time, and at the end kept connections to nginx end with it, not by themselves. */
  readonly hurried?: boolean;
  /** Told what is going on. */
  readonly say?: (line: string) => void;
}

/** What is left in a process's JavaScript heap after its garbage has been collected. */
export interface Collected {
  readonly ms: number;
  readonly heapBytes: number;
}

export interface Soaked {
  readonly minutes: number;
  readonly seed: number;
  /** From when to when the verdicts are, ms from the start of the traffic. */
  readonly judged: { readonly fromMs: number; readonly toMs: number };
  readonly samples: readonly Sample[];
  readonly collected: Readonly<Record<Role, readonly Collected[]>>;
  readonly counted: Counted;
  /** Before the first client came and after the last had gone. */
  readonly fds: { readonly before: Readonly<Record<Role, number>>; readonly after: Readonly<Record<Role, number>> };
}

const SAMPLE_EACH_MS = 1000;
const SAY_EACH_MS = 60_000;
/** Of the time: what is built up in it is not judged. */
const WARM_UP = 1 / 6;
/** So often is the garbage collected in the time that is judged, and at its beginning. */
const COLLECTIONS = 10;
const COLLECTED_WITHIN_MS = 20_000;
const MIN_FLOODS = 3;
/** Kept connections to upstreams, for one, end by a timeout. */
const FDS_WITHIN_MS = 120_000;
const NOTHING_WITHIN_MS = 30_000;
const MINUTE_MS = 60_000;

/**
 * Mixed traffic for some minutes, everything that is told of the processes sampled each second.
 * @throws (rejects) at once if something goes wrong for somebody: an answer that is not whole, a grant that does not hold or end,
 *   a stranger who is given something, a process that ends or logs an error; and if descriptors are left open
 */
export async function soak({ minutes, seed, hurried = false, say = () => {} }: SoakOptions): Promise<Soaked> {
  await using lab = await SoakLab.start({ hurried });
  const before = await openFds(lab);
  const run = new Run(lab, minutes * MINUTE_MS, say);
  const floodEachMs = Math.min(FLOOD.eachMs, (minutes * MINUTE_MS) / MIN_FLOODS);
  await using traffic = await MixedTraffic.start(lab, { seed, floodEachMs });
  await Promise.race([run.through(traffic), traffic.failed, ...ROLES.map((role) => endOf(lab, role))]);
  say('the traffic ends…');
  const counted = await traffic.end();
  say('all have gone; are their descriptors closed?');
  await expectNothingLeft(lab);
  if (hurried) await lab.nginx.program.stop();
  const after = await settledFds(lab, before);
  await lab.end();
  const { samples, collected, judged } = run;
  return { minutes, seed, judged, samples, collected, counted, fds: { before, after } };
}

/** The time of the traffic: what is looked at in it. */
class Run {
  readonly samples: Sample[] = [];
  readonly collected: Record<Role, Collected[]> = { listener: [], gateway: [], console: [] };
  readonly judged: { readonly fromMs: number; readonly toMs: number };

  constructor(
    private readonly lab: SoakLab,
    private readonly wholeMs: number,
    private readonly say: (line: string) => void,
  ) {
    this.judged = { fromMs: wholeMs * WARM_UP, toMs: wholeMs };
  }

  async through(traffic: MixedTraffic): Promise<void> {
    const startMs = performance.now();
    const { fromMs, toMs } = this.judged;
    const collections = Array.from({ length: COLLECTIONS + 1 }, (_, i) => fromMs + ((toMs - fromMs) * i) / COLLECTIONS);
    let saidMs = 0;
    for (;;) {
      const ms = performance.now() - startMs;
      if (collections.length > 0 && ms >= collections[0]!) {
        collections.shift();
        await this.collect(Math.min(ms, toMs));
      }
      if (ms >= this.wholeMs) return;
      this.samples.push(await takeSample(this.lab, ms));
      expectNoErrors(this.lab);
      if (ms - saidMs >= SAY_EACH_MS) {
        saidMs = ms;
        this.say(progress(this.samples.at(-1)!, traffic.counted));
      }
      await delay(Math.max(0, SAMPLE_EACH_MS - ((performance.now() - startMs) % SAMPLE_EACH_MS)));
    }
  }

  private async collect(ms: number): Promise<void> {
    for (const role of ROLES) {
      const program = this.lab.programOf(role);
      const after = program.lineCount;
      program.signal('SIGUSR2');
      const [, bytes] = await program.waitForLine(/"heapUsed":(\d+)/u, COLLECTED_WITHIN_MS, after);
      this.collected[role].push({ ms, heapBytes: Number(bytes) });
    }
  }
}

/** On everything that must be flat. */
export function verdictsOf({ samples, collected, judged }: Soaked): Verdict[] {
  return seriesOf(samples, collected).map((series) => judgeSeries(series, judged));
}

function seriesOf(samples: readonly Sample[], collected: Soaked['collected']): Series[] {
  const of = (name: string, pick: (sample: Sample) => number): Series => ({
    name,
    points: samples.map((sample) => [sample.ms, pick(sample)]),
  });
  return [
    ...ROLES.flatMap((role) => [
      {
        name: `${role}: heap after a collection`,
        points: collected[role].map(({ ms, heapBytes }) => [ms, heapBytes] as const),
      },
      of(`${role}: outside the heap`, ({ processes }) => processes[role].externalBytes),
      of(`${role}: resident`, ({ processes }) => processes[role].residentBytes),
    ]),
    of('Redis: allocated', ({ redisBytes }) => redisBytes),
    of('Redis: resident', ({ redisResidentBytes }) => redisResidentBytes),
    of('nginx: resident', ({ nginxResidentBytes }) => nginxResidentBytes),
  ];
}

async function endOf(lab: SoakLab, role: Role): Promise<never> {
  const program = lab.programOf(role);
  const code = await program.exited;
  throw new Error(`the ${role} ended with ${code}; it said:\n${program.lines.slice(-20).join('\n')}`);
}

function expectNoErrors(lab: SoakLab): void {
  for (const role of ROLES) {
    const error = lab.programOf(role).lines.findLast((line) => /"level":"(?:error|fatal)"/u.test(line));
    if (error !== undefined) throw new Error(`the ${role} says: ${error}`);
  }
}

/** Descriptors once there are no more than at first. @throws (rejects) if there still are after a while */
async function settledFds(
  lab: SoakLab,
  before: Readonly<Record<Role, number>>,
): Promise<Readonly<Record<Role, number>>> {
  const untilMs = performance.now() + FDS_WITHIN_MS;
  for (;;) {
    const now = await openFds(lab);
    const more = ROLES.filter((role) => now[role] > before[role]);
    if (more.length === 0) return now;
    if (performance.now() > untilMs) {
      const said = more.map((role) => `${role}: ${before[role]} before, ${now[role]} after`);
      throw new Error(`descriptors are left open: ${said.join('; ')}`);
    }
    await delay(SAMPLE_EACH_MS);
  }
}

/** What the processes tell is a second old. @throws (rejects) if there still is something after a while */
async function expectNothingLeft(lab: SoakLab): Promise<void> {
  const untilMs = performance.now() + NOTHING_WITHIN_MS;
  for (;;) {
    const { grants, connections } = await takeSample(lab, 0);
    if (grants + connections === 0) return;
    if (performance.now() > untilMs) throw new Error(`${grants} grants and ${connections} connections are left`);
    await delay(SAMPLE_EACH_MS);
  }
}

function progress({ ms, processes, grants, connections }: Sample, { clients, strangers, flooded }: Counted): string {
  const memory = ROLES.map((role) => `${role} ${Math.round(processes[role].residentBytes / 1e6)} MB`);
  const traffic = [
    `${clients['visits'] ?? 0} visits`,
    `${clients['pages'] ?? 0} pages`,
    `${strangers['tries'] ?? 0} tries of strangers`,
    `${flooded} spoofed SYNs`,
  ];
  return `${Math.round(ms / MINUTE_MS)} min: ${[...memory, `${grants} grants`, `${connections} connections`, ...traffic].join(', ')}`;
}
