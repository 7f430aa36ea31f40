import { BlockCoverage } from './block-coverage.js';
import { minimise } from './minimise.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';
import type { FuzzTarget } from './target.js';

export interface FuzzOptions {
  readonly corpus: readonly Buffer[];
  readonly seed: number;
  /** Told before each input is run. */
  readonly running?: (input: Buffer) => void;
  /** Asked after so many inputs: whether to go on. */
  readonly goOn: (runs: number) => boolean;
}

export interface Crash {
  /** As small as it could be made. */
  readonly input: Buffer;
  readonly error: Error;
}

export interface Fuzzed {
  readonly runs: number;
  /** Inputs that ran what none before them had, in the order in which they were found. */
  readonly found: readonly Buffer[];
  /** The first input for which something did not hold; nothing is run after it. */
  readonly crash: Crash | undefined;
}

/** Inputs that share one look at the coverage. */
const BATCH = 100;

/**
 * Runs a target on its corpus, then on mutations of it; keeps each that runs a block of code that none did before, and mutates
 * that too. The same seed, corpus and code give the same inputs.
 */
export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<Fuzzed> {
  const fuzzing = new Fuzzing(target, options, new BlockCoverage(target.covers));
  await fuzzing.runCorpus();
  while (fuzzing.crash === undefined && options.goOn(fuzzing.runs)) await fuzzing.runBatch();
  return fuzzing;
}

/** What an input throws; undefined if all holds. */
export async function failureOf(target: FuzzTarget, input: Buffer): Promise<Error | undefined> {
  try {
    await target.run(Buffer.from(input)); // its own copy: it may change it
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

class Fuzzing implements Fuzzed {
  runs = 0;
  crash: Crash | undefined;
  readonly found: Buffer[] = [];
  private readonly random: Random;
  private readonly words: readonly Buffer[];
  private readonly pool: Buffer[] = [];

  constructor(
    private readonly target: FuzzTarget,
    private readonly options: FuzzOptions,
    private readonly coverage: BlockCoverage,
  ) {
    this.random = new Random(options.seed);
    this.words = target.words.map((word) => Buffer.from(word, 'latin1'));
  }

  async runCorpus(): Promise<void> {
    this.coverage.look(); // what ran before is not this one's
    for (const input of [Buffer.alloc(0), ...this.options.corpus]) {
      await this.run(input);
      if (this.crash !== undefined) return;
      this.pool.push(input);
    }
    this.coverage.fresh(this.coverage.look(), true);
  }

  runBatch(): Promise<void> {
    return this.sift(Array.from({ length: BATCH }, () => this.next()));
  }

  /** Keeps those of a batch that run what none before them has, by halves: nearly always there is none. */
  private async sift(batch: readonly Buffer[]): Promise<void> {
    const [only, ...others] = batch;
    if (only === undefined || this.crash !== undefined) return;
    if (others.length === 0) return this.keepIfFresh(only);
    for (const input of batch) {
      await this.run(input);
      if (this.crash !== undefined) return;
    }
    if (this.coverage.fresh(this.coverage.look(), false) === 0) return;
    const half = Math.ceil(batch.length / 2);
    await this.sift(batch.slice(0, half));
    await this.sift(batch.slice(half));
  }

  private next(): Buffer {
    const { random, pool } = this;
    // what was found last leads on sooner than what has been mutated often
    const from = random.once(2) ? Math.floor((pool.length * 3) / 4) : 0;
    const input = pool[from + random.below(pool.length - from)]!;
    return mutate(input, { random, words: this.words, others: pool }, this.target.maxBytes);
  }

  private async keepIfFresh(input: Buffer): Promise<void> {
    await this.run(input);
    if (this.coverage.fresh(this.coverage.look(), true) === 0) return;
    this.pool.push(input);
    this.found.push(input);
  }

  private async run(input: Buffer): Promise<void> {
    this.options.running?.(input);
    this.runs += 1;
    const error = await failureOf(this.target, input);
    if (error === undefined) return;
    const isLike = async (smaller: Buffer): Promise<boolean> => {
      this.options.running?.(smaller);
      return kindOf(await failureOf(this.target, smaller)) === kindOf(error);
    };
    const smallest = await minimise(input, isLike);
    this.crash = { input: smallest, error: (await failureOf(this.target, smallest)) ?? error };
  }
}

/** What is the same of two failures for one reason: the first words, without what was compared. */
function kindOf(error: Error | undefined): string | undefined {
  return error && `${error.name}: ${error.message.split(/[:\n]/u, 1)[0]}`;
}
