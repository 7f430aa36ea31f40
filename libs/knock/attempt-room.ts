import type { Address } from '#address';

/** No attempt: what `find` answers for a source that has none. */
export const NONE = -1;

/**
 * A bounded table of attempts, one a source, in typed arrays: 46 bytes an attempt, O(1) for each operation, no garbage.
 * When it is full the attempt that was put in first makes room for the new one.
 *
 * The arrays are zero pages until touched, so an idle table of a million costs next to nothing: hence links are stored
 * as slot + 1 and 0 means none.
 */
export class AttemptRoom {
  size = 0;
  private readonly words: Uint32Array;
  private readonly started: Float64Array;
  private readonly fingerprints: Uint32Array;
  private readonly stages: Uint8Array;
  private readonly chain: Uint32Array; // next in the same bucket; of a free slot: the next free one
  private readonly older: Uint32Array;
  private readonly newer: Uint32Array;
  private readonly buckets: Uint32Array;
  private readonly mask: number;
  private oldest = 0;
  private newest = 0;
  private free = 0;
  private used = 0; // slots ever taken: those above have never been touched

  /** @param seed keys the hash, so that nobody can choose sources that share a bucket. */
  constructor(
    readonly capacity: number,
    private readonly seed: number,
  ) {
    this.words = new Uint32Array(capacity * 4);
    this.started = new Float64Array(capacity);
    this.fingerprints = new Uint32Array(capacity);
    this.stages = new Uint8Array(capacity);
    this.chain = new Uint32Array(capacity);
    this.older = new Uint32Array(capacity);
    this.newer = new Uint32Array(capacity);
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(2, capacity)));
    this.buckets = new Uint32Array(buckets);
    this.mask = buckets - 1;
  }

  /** Bytes that the table takes when every slot has been used. */
  get maxBytes(): number {
    const arrays = [this.words, this.started, this.fingerprints, this.stages, this.chain, this.older, this.newer];
    return arrays.reduce((sum, array) => sum + array.byteLength, this.buckets.byteLength);
  }

  /** The slot of this source's attempt, valid until the next `put` or `remove`; or NONE. */
  find(source: Address): number {
    let link = this.buckets[this.bucketOf(source)]!;
    while (link !== 0 && !this.holds(link - 1, source)) link = this.chain[link - 1]!;
    return link - 1;
  }

  /** Adds an attempt for a source that has none here, in place of the oldest one if the table is full. */
  put(source: Address, attempt: Attempt): void {
    if (this.size === this.capacity) this.remove(this.oldest - 1);
    const slot = this.takeSlot();
    this.words[slot * 4] = source.a;
    this.words[slot * 4 + 1] = source.b;
    this.words[slot * 4 + 2] = source.c;
    this.words[slot * 4 + 3] = source.d;
    this.started[slot] = attempt.startedMs;
    this.stages[slot] = attempt.stage;
    this.fingerprints[slot] = attempt.fingerprint;
    const bucket = this.bucketOf(source);
    this.chain[slot] = this.buckets[bucket]!;
    this.buckets[bucket] = slot + 1;
    this.append(slot);
    this.size += 1;
  }

  remove(slot: number): void {
    this.unchain(slot);
    this.unlink(slot);
    this.chain[slot] = this.free;
    this.free = slot + 1;
    this.size -= 1;
  }

  /** Moves the attempt to its next stage, in place. */
  advance(slot: number, fingerprint: number): void {
    this.stages[slot] = this.stages[slot]! + 1;
    this.fingerprints[slot] = fingerprint;
  }

  stageOf(slot: number): number {
    return this.stages[slot]!;
  }

  startedMsOf(slot: number): number {
    return this.started[slot]!;
  }

  fingerprintOf(slot: number): number {
    return this.fingerprints[slot]!;
  }

  sourceOf(slot: number): Address {
    const at = slot * 4;
    return { a: this.words[at]!, b: this.words[at + 1]!, c: this.words[at + 2]!, d: this.words[at + 3]! };
  }

  /** The slot put in first, or NONE. */
  first(): number {
    return this.oldest - 1;
  }

  /** The slot put in after this one, or NONE. */
  next(slot: number): number {
    return this.newer[slot]! - 1;
  }

  private bucketOf(source: Address): number {
    // murmur3's block step over the four words, keyed by the seed
    let hash = mix(this.seed, source.a);
    hash = mix(hash, source.b);
    hash = mix(hash, source.c);
    hash = mix(hash, source.d);
    hash ^= hash >>> 16;
    hash = Math.imul(hash, 0x85ebca6b);
    hash ^= hash >>> 13;
    return hash & this.mask;
  }

  private holds(slot: number, source: Address): boolean {
    const at = slot * 4;
    return (
      this.words[at + 3] === source.d &&
      this.words[at + 2] === source.c &&
      this.words[at + 1] === source.b &&
      this.words[at] === source.a
    );
  }

  private takeSlot(): number {
    if (this.free === 0) return this.used++;
    const slot = this.free - 1;
    this.free = this.chain[slot]!;
    return slot;
  }

  private append(slot: number): void {
    this.older[slot] = this.newest;
    this.newer[slot] = 0;
    if (this.newest === 0) this.oldest = slot + 1;
    else this.newer[this.newest - 1] = slot + 1;
    this.newest = slot + 1;
  }

  private unlink(slot: number): void {
    const older = this.older[slot]!;
    const newer = this.newer[slot]!;
    if (older === 0) this.oldest = newer;
    else this.newer[older - 1] = newer;
    if (newer === 0) this.newest = older;
    else this.older[newer - 1] = older;
  }

  private unchain(slot: number): void {
    const bucket = this.bucketOf(this.sourceOf(slot));
    let link = this.buckets[bucket]!;
    if (link === slot + 1) {
      this.buckets[bucket] = this.chain[slot]!;
      return;
    }
    while (this.chain[link - 1] !== slot + 1) link = this.chain[link - 1]!;
    this.chain[link - 1] = this.chain[slot]!;
  }
}

export interface Attempt {
  readonly startedMs: number;
  readonly stage: number;
  readonly fingerprint: number;
}

function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = hash ^ Math.imul(k, 0x1b873593);
  return Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64;
}
