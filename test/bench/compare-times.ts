/** A figure and where it lies with the confidence asked for. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Comparison {
  readonly pairs: number;
  readonly medianA: number;
  readonly medianB: number;
  /** Median of b less median of a. */
  readonly difference: Estimate;
  /** The chance that a b takes longer than an a (Mann-Whitney's U, scaled): 0.5 if nothing can be told by one. */
  readonly auc: Estimate;
  /** Of the threshold that tells best in one half of the data, right guesses less wrong ones in the other half. */
  readonly advantage: Estimate;
}

export interface ComparisonOptions {
  readonly confidence: number;
  /** From 0 to 1, for the resampling. */
  readonly random: () => number;
  /** How many of them each interval is read from. */
  readonly resamples: number;
}

/** Blocks of consecutive pairs: what drifts over time is the same for both within one, and blocks vary by themselves. */
const BLOCKS = 200;

/** Compares times taken in pairs, in the order in which they were taken. */
export function compareTimes(a: Float64Array, b: Float64Array, options: ComparisonOptions): Comparison {
  const blocks = blocksOf(a, b);
  const estimate = (values: readonly number[]): Estimate => bootstrap(values, options);
  const [train, held] = [blocks.filter((_, i) => i % 2 === 0), blocks.filter((_, i) => i % 2 === 1)];
  const threshold = bestThreshold(joined(train, 'a'), joined(train, 'b'));
  return {
    pairs: a.length,
    medianA: median(a.toSorted()),
    medianB: median(b.toSorted()),
    difference: estimate(blocks.map((block) => median(block.b) - median(block.a))),
    auc: estimate(blocks.map((block) => area(block.a, block.b))),
    advantage: estimate(held.map((block) => advantageOf(threshold, block))),
  };
}

interface Block {
  /** In ascending order. */
  readonly a: Float64Array;
  readonly b: Float64Array;
}

interface Threshold {
  readonly at: number;
  /** 1: what takes longer is b; -1: what takes less. */
  readonly sign: 1 | -1;
}

function blocksOf(a: Float64Array, b: Float64Array): Block[] {
  const size = Math.floor(a.length / BLOCKS);
  if (size === 0 || a.length !== b.length) throw new RangeError(`at least ${BLOCKS} pairs are needed`);
  return Array.from({ length: BLOCKS }, (_, i) => {
    const range = [i * size, (i + 1) * size] as const;
    return { a: a.slice(...range).toSorted(), b: b.slice(...range).toSorted() };
  });
}

function joined(blocks: readonly Block[], which: 'a' | 'b'): Float64Array {
  return Float64Array.from(blocks.flatMap((block) => [...block[which]])).toSorted();
}

function median(sorted: Float64Array): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** P(b > a) + P(b = a) / 2, of sorted times. */
function area(a: Float64Array, b: Float64Array): number {
  let [below, upTo, wins] = [0, 0, 0];
  for (const time of b) {
    while (below < a.length && a[below]! < time) below += 1;
    while (upTo < a.length && a[upTo]! <= time) upTo += 1;
    wins += (below + upTo) / 2;
  }
  return wins / a.length / b.length;
}

/** Where the two distribution functions lie furthest apart (Kolmogorov and Smirnov). */
function bestThreshold(a: Float64Array, b: Float64Array): Threshold {
  let [best, atB]: [number, number] = [0, 0];
  let threshold: Threshold = { at: a[a.length >> 1]!, sign: 1 };
  for (const [i, at] of a.entries()) {
    while (atB < b.length && b[atB]! <= at) atB += 1;
    const apart = (i + 1) / a.length - atB / b.length;
    if (Math.abs(apart) > best) [best, threshold] = [Math.abs(apart), { at, sign: apart > 0 ? 1 : -1 }];
  }
  return threshold;
}

function advantageOf({ at, sign }: Threshold, { a, b }: Block): number {
  const above = (times: Float64Array): number => times.filter((time) => time > at).length / times.length;
  return sign * (above(b) - above(a));
}

/** The mean, and the percentiles of the means of resamples (Efron). */
function bootstrap(values: readonly number[], options: ComparisonOptions): Estimate {
  const { confidence, random, resamples } = options;
  const means = new Float64Array(resamples).map(() => {
    let sum = 0;
    for (let i = 0; i < values.length; i += 1) sum += values[Math.floor(random() * values.length)]!;
    return sum / values.length;
  });
  means.sort();
  const tail = (1 - confidence) / 2;
  return {
    value: values.reduce((sum, one) => sum + one, 0) / values.length,
    low: means[Math.floor(tail * resamples)]!,
    high: means[Math.ceil((1 - tail) * resamples) - 1]!,
  };
}
