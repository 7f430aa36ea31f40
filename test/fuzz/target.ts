/** Something that takes bytes from strangers, and what must hold for it, whatever they are. */
export interface FuzzTarget {
  readonly name: string;
  /** The scripts, by path, whose blocks an input is kept for. */
  readonly covers: RegExp;
  /** Words of its language, for the mutator. */
  readonly words: readonly string[];
  readonly maxBytes: number;
  /** Inputs beside those in its folder of test/fuzz/corpus. */
  readonly seeds?: readonly Buffer[];
  /** @throws if what must hold does not; its outcome hangs on the bytes alone */
  run(input: Buffer): void | Promise<void>;
  /** Lets go of what it has opened. */
  close?(): Promise<void>;
}
