import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NetLab } from '../lab/netlab.js';
import { type Coverage, coverage } from './coverage.js';
import { type History, history, packetsOf, replay } from './history.js';
import { type Fault, judge } from './judge.js';
import { packetTable } from './packet-table.js';
import { play } from './play.js';
import { shrink } from './shrink.js';

const LANES = 8;
const TRACES_A_LANE = 265;
const SHRINK_MS = 60_000;
const MAX_REPLAYS = 2;
/** Traces that one rule alone must decide; of 40 seeds the least for any rule was 35. */
const ENOUGH = 15;
const SEED = Number(process.env['KNOCKGATE_DIFFERENTIAL_SEED'] ?? Date.now() % 1_000_000_000);

/** Sources whose traces a busy machine has left undecided, by history. */
interface Round {
  readonly histories: readonly History[];
  readonly undecided: readonly ReadonlySet<string>[];
}

describe('knockd and knockgate hear the same', () => {
  const histories = Array.from({ length: LANES }, (_, lane) => history(SEED, lane, TRACES_A_LANE));
  let lab: NetLab;
  beforeAll(async () => {
    // before anything can go wrong
    process.stdout.write(`KNOCKGATE_DIFFERENTIAL_SEED=${SEED}\n`);
    lab = await NetLab.create({ clients: histories.map((_, lane) => `lane${lane}`) });
  });
  afterAll(async () => {
    await lab.stop();
  });

  const playAll = async (some: readonly History[]): Promise<Round> => {
    const runs = await play(
      lab,
      some.map(({ config, traces }) => ({ config, packets: packetsOf(traces) })),
    );
    const verdicts = runs.map((run) => judge(run));
    for (const [lane, { faults }] of verdicts.entries())
      if (faults[0]) await fail(some[lane]!, faults[0], faults.length);
    return { histories: some, undecided: verdicts.map(({ inconclusive }) => inconclusive) };
  };
  const fail = async (failed: History, fault: Fault, count: number): Promise<never> => {
    const failure = { config: failed.config, packets: packetsOf(failed.traces), fault };
    // what was found must be told, also if the way to a smaller one fails
    const smaller = await shrink(lab, failure, SHRINK_MS).catch((error: unknown) => String(error));
    const shown =
      typeof smaller === 'object'
        ? `made smaller:\n${packetTable(smaller)}`
        : `not made smaller: ${smaller ?? 'it did not fail again'}`;
    const what = `${fault.who}, ${fault.source}:\n  the model: ${fault.expected}\n  real:      ${fault.said}`;
    throw new Error(`KNOCKGATE_DIFFERENTIAL_SEED=${SEED}: ${count} differ in one lane, the first:\n${what}\n${shown}`);
  };

  it('and what they make of it differs by the rules of docs/differences.md only', { timeout: 400_000 }, async () => {
    const startMs = performance.now();
    const tried = coverage(histories);
    let round = await playAll(histories);
    const before = undecidedOf(round);
    for (let replays = 0; replays < MAX_REPLAYS && undecidedOf(round) > 0; replays += 1) {
      round = await playAll(round.histories.map((each, lane) => replay(each, round.undecided[lane]!)));
    }
    report(tried, { inconclusive: `${before}, ${undecidedOf(round)} of them replayed in vain`, startMs });
    expect(tried.traces).toBeGreaterThanOrEqual(2000);
    expect(before).toBeLessThanOrEqual(tried.traces / 100);
    expect(undecidedOf(round)).toBe(0);
  });

  it('and the traces come near every rule: each alone decides what opens', () => {
    const tried = coverage(histories);
    expect(tried.opened.both).toBeGreaterThan(tried.traces / 5);
    const counts = Object.entries(tried.bySwitch);
    expect(counts.filter(([, { taken, added }]) => taken === 0 || taken + added < ENOUGH)).toEqual([]);
  });
});

function undecidedOf({ histories, undecided }: Round): number {
  const isUndecided = (lane: number) => (trace: History['traces'][number]) =>
    trace.some(({ source }) => undecided[lane]!.has(source));
  return histories.reduce((sum, { traces }, lane) => sum + traces.filter(isUndecided(lane)).length, 0);
}

function report(tried: Coverage, { inconclusive, startMs }: { inconclusive: string; startMs: number }): void {
  const { traces, packets, opened } = tried;
  const rules = Object.entries(tried.bySwitch).map(([name, { taken, added }]) => `${name} ${taken}/${added}`);
  const lines = [
    `seed ${SEED}: ${traces} traces, ${packets} packets, ${Math.round((performance.now() - startMs) / 1000)} s`,
    `opened by knockd ${opened.knockd}, by knockgate ${opened.knockgate}, by both ${opened.both}; inconclusive ${inconclusive}`,
    `decided by one rule alone (taken from knockgate's / added to knockd's): ${rules.join(', ')}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
