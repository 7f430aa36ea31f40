/** How much a benchmark is to measure: all of it for docs/benchmarks.md, or just enough for one line a figure. */
export interface Effort {
  readonly quick: boolean;
  /** How often each contender is measured, in alternation. */
  readonly rounds: number;
}

/** One value a round. */
export interface Contender {
  readonly who: string;
  readonly values: readonly number[];
}

/** What is to be true of the medians. */
export interface Target {
  readonly text: string;
  readonly met: boolean;
}

/** One thing that was measured, of knockgate and of its peers in the same run. */
export interface Figure {
  /** Kebab-case; `--quick` prints it. */
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: readonly number[];
  /** The first one is the one that the ratio is to. */
  readonly peers: readonly Contender[];
  readonly target?: Target;
}

/** What a benchmark found. Each is the main export of a file of its name in test/bench: `(effort: Effort) => Promise<Report>`. */
export interface Report {
  readonly title: string;
  /** Markdown: what is measured, and how. */
  readonly lead: string;
  readonly figures: readonly Figure[];
  /** Markdown: what bounds the figures, and whatever else is to be said of them. */
  readonly findings?: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Ours to the first peer's, by the medians; undefined without a peer. */
export function ratio({ ours, peers }: Figure): number | undefined {
  const [peer] = peers;
  return peer === undefined ? undefined : median(ours) / median(peer.values);
}
