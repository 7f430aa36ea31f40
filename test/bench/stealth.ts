import { NetLab } from '../lab/netlab.js';
import { HiddenHost, PORT } from '../stealth/hidden-host.js';
import { chooseSeed, seeded } from '../stealth/random-segment.js';
import { type Comparison, compareTimes, type Estimate } from './compare-times.js';
import type { Effort, Figure, Report } from './report.js';
import { timeAnswers } from './time-answers.js';

const CONFIDENCE = 0.99;
/** How much is measured. */
interface Extent {
  readonly pairs: number;
  readonly families: readonly (4 | 6)[];
  /** Nothing listens there either: how do closed ports differ among themselves? */
  readonly otherClosed: readonly number[];
  readonly resamples: number;
}

const EXTENT: Readonly<Record<'quick' | 'whole', Extent>> = {
  quick: { pairs: 500, families: [4], otherClosed: [79, 2221], resamples: 500 },
  whole: {
    pairs: 20_000,
    families: [4, 6],
    otherClosed: [79, 82, 2221, 2229, 3000, 5000, 9000, 12_345, 33_333, 54_321],
    resamples: 4000,
  },
};
/** Student's t by degrees of freedom, one less than there are other closed ports, for 99 % on two sides. */
const T: Readonly<Record<number, number>> = { 1: 63.66, 9: 3.25 };
const HIDDEN = [
  { what: 'of all addresses', port: PORT.HTTP },
  { what: 'of one address', port: PORT.TCP },
];
const WAYS = ['closed by steer', 'closed by drop', 'reset'] as const;
const NOTES: Readonly<Record<(typeof WAYS)[number], string>> = {
  'closed by steer': 'as root, or with CAP_BPF and CAP_NET_ADMIN: a port without a socket',
  'closed by drop': 'with CAP_BPF alone: a drop spares the kernel its own look for a listener, which can be measured',
  reset: 'the control, which needs no clock to be told, as it answers SYN+ACK; these times would tell it too',
};
const WHO = { stranger: 'no grant', elsewhere: 'grant at another door' } as const;

/** Who asks, how, and what is hidden how. */
interface Setting {
  readonly way: (typeof WAYS)[number];
  readonly from: keyof typeof WHO;
  readonly family: 4 | 6;
}

interface Result extends Setting {
  readonly what: string;
  readonly found: Comparison;
  /** The same of other closed ports. */
  readonly others: readonly Comparison[];
}

type Measure = (setting: Setting, port: number) => Promise<Comparison>;

/** Can a port that is hidden be told from a closed one by the time of its answers? */
export async function stealth({ quick }: Effort): Promise<Report> {
  const extent = quick ? EXTENT.quick : EXTENT.whole;
  const { pairs, resamples } = extent;
  const seed = chooseSeed();
  const random = seeded(seed);
  await using lab = await NetLab.create({ clients: ['stranger', 'elsewhere'] });
  const measure: Measure = async ({ from, family }, port) => {
    const route = { from: lab.host(from), to: lab.server, family, ports: [PORT.closed, port] as const };
    const [closed, other] = await timeAnswers({ ...route, pairs, random });
    return compareTimes(closed, other, { confidence: CONFIDENCE, random, resamples });
  };
  const results: Result[] = [];
  for (const way of WAYS) {
    await using hidden = await HiddenHost.start(lab.server, way);
    await hidden.grant(lab.host('elsewhere'), 'OTHER');
    for (const setting of settingsOf(way, extent)) results.push(...(await resultsOf(setting, extent, measure)));
  }
  return report(results, seed, extent);
}

function settingsOf(way: Setting['way'], { families }: Extent): Setting[] {
  if (way === 'reset') return [{ way, from: 'stranger', family: 4 }];
  const both = ['stranger', 'elsewhere'] as const;
  return both.flatMap((from) => families.map((family) => ({ way, from, family })));
}

async function resultsOf(setting: Setting, { otherClosed }: Extent, measure: Measure): Promise<Result[]> {
  const others: Comparison[] = [];
  for (const port of otherClosed) others.push(await measure(setting, port));
  const results: Result[] = [];
  for (const { what, port } of HIDDEN) results.push({ ...setting, what, others, found: await measure(setting, port) });
  return results;
}

const HEAD = [
  ['way', 'hidden port', 'seen by', 'IP', 'medians, µs', 'difference, ns', 'of closed ports, ns'],
  ['AUC', 'AUC of closed ports', 'advantage', 'verdict'],
].flat();

function report(results: readonly Result[], seed: number, { pairs, otherClosed }: Extent): Report {
  const lead = [
    `From a SYN to its answer: a port at which nothing listens and another one in turn, ${pairs.toLocaleString('en')} pairs a row, in random
order within each, from random source ports. The other one is a hidden port, or, for comparison, one of ${otherClosed.length} more at which
nothing listens. Both hosts are network namespaces joined by a bridge on one machine, and the sender is a raw packet socket that
waits for the answer in the same thread: as close as a stranger can get, and far closer than over any network.`,
    `In brackets: ${CONFIDENCE * 100} % confidence (bootstrap over blocks of pairs). AUC: the chance that an answer of the other port takes
longer than one of the closed port; 0.5 is a coin. Advantage: of the best threshold on half of the data, right guesses less wrong
ones on the other half. Closed ports differ among themselves, by where the kernel's tables happen to hold what, and no two runs
alike: a hidden port is "told apart" if its AUC lies outside of where that of one more closed port would lie with 99 %. By chance
alone that happens to one row in a hundred.`,
  ].join('\n\n');
  const findings = [
    [HEAD, HEAD.map(() => '---'), ...results.map(shown)].map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    ...WAYS.map((way) => summary(results, way)),
    `Repeat: \`SEED=${seed} npm run bench -- stealth\` (the times vary all the same).`,
  ].join('\n\n');
  const title = 'Can a hidden port be told by the time of its answers?';
  return { title, lead, figures: WAYS.map((way) => figureOf(results, way)), findings };
}

/** The medians of all rows of a way, beside those of the closed port in the same pairs. */
function figureOf(results: readonly Result[], way: Setting['way']): Figure {
  const seen = results.filter((result) => result.way === way);
  return {
    name: `stealth-${way.replaceAll(' ', '-')}`,
    what: `SYN to answer, ${way}`,
    unit: 'µs',
    ours: seen.map(({ found }) => found.medianB / 1000),
    peers: [{ who: 'a closed port', values: seen.map(({ found }) => found.medianA / 1000) }],
  };
}

function shown(result: Result): string[] {
  const { way, what, from, family, found, others } = result;
  const { medianA, medianB, difference, auc, advantage } = found;
  const differences = others.map((other) => other.difference.value);
  const { low, high } = oneMore(others);
  return [
    way,
    what,
    WHO[from],
    `IPv${family}`,
    `${(medianA / 1000).toFixed(2)} and ${(medianB / 1000).toFixed(2)}`,
    interval(difference, 0),
    `${signless(Math.min(...differences), 0)} to ${signless(Math.max(...differences), 0)}`,
    interval(auc, 3),
    `${signless(low, 3)} to ${signless(high, 3)}`,
    interval(advantage, 3),
    isTold(result) ? 'told apart' : 'not told apart',
  ];
}

/** Where the AUC of one more closed port would lie (a prediction interval: ports vary as if drawn from one population). */
function oneMore(others: readonly Comparison[]): { readonly low: number; readonly high: number } {
  const values = others.map(({ auc }) => auc.value);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const reach = T[values.length - 1]! * Math.sqrt(variance * (1 + 1 / values.length));
  return { low: mean - reach, high: mean + reach };
}

function isTold({ found, others }: Result): boolean {
  const { low, high } = oneMore(others);
  return found.auc.value < low || found.auc.value > high;
}

function summary(results: readonly Result[], way: Setting['way']): string {
  const sentences = (['stranger', 'elsewhere'] as const).flatMap((from) => {
    const seen = results.filter((result) => result.way === way && result.from === from);
    return seen.length === 0 ? [] : [`- ${WHO[from]}: ${finding(seen)}`];
  });
  return [`**${way}** (${NOTES[way]}):`, '', ...sentences].join('\n');
}

function finding(seen: readonly Result[]): string {
  const differences = seen.map(({ found }) => found.difference.value);
  const range = `${signless(Math.min(...differences), 0)} to ${signless(Math.max(...differences), 0)} ns`;
  const told = seen.filter(isTold);
  if (told.length === 0) return `not told apart at this n (${seen.length} rows; ${range}).`;
  const worst = Math.max(...told.map(({ found }) => Math.abs(found.difference.value)));
  const needed = (sigmaNs: number): string => count(pairsOverNetwork(worst, sigmaNs));
  return `told apart in ${told.length} of ${seen.length} rows (${range}). By calculation, where answers vary by 10 µs at random, it takes
  about ${needed(10_000)} pairs to tell ${worst.toFixed(0)} ns with 95 %; where they vary by 1 ms, about ${needed(1_000_000)}.`;
}

/** Until the mean of so many differences, of answers that vary by `sigmaNs`, shows one of `ns` (one-sided z-test, 95 %). */
function pairsOverNetwork(ns: number, sigmaNs: number): number {
  return Math.ceil(2 * ((1.645 * sigmaNs) / ns) ** 2);
}

function interval({ value, low, high }: Estimate, digits: number): string {
  return `${signless(value, digits)} (${signless(low, digits)} to ${signless(high, digits)})`;
}

/** Without the sign of a negative number that rounds to zero. */
function signless(value: number, digits: number): string {
  return value.toFixed(digits).replace(/^-(0(?:\.0*)?)$/u, '$1');
}

function count(number: number): string {
  return Number(number.toPrecision(2)).toLocaleString('en');
}
