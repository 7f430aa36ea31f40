import type { Address } from '#address';

/** No attempt: what `find` answers for a source that has none. */
export const NONE = -1;

/** The third word of a v4-mapped address (RFC 4291, 2.5.5.2); the first two are 0. */
const V4_MAPPED = 0xffff;

/**
 * A bounded table of attempts, one a source, in typed arrays: 42 bytes an attempt, O(1) for each operation, no garbage.
 * When it is full the attempt that was put in first makes room for the new one.
 *
 * The arrays are zero pages until written to, so an idle table of a million costs next to nothing: hence links are stored
 * as slot + 1 and 0 means none. What is the same for all IPv4 sources is stored as 0, and no 0 is written over a 0:
 * of an IPv4 source's attempt 28 bytes take memory.
 */
export class AttemptRoom {
  size = 0;
  private readonly a: Uint32Array;
  private readonly b: Uint32Array;
  private readonly c: Uint32Array; // less V4_MAPPED, bit by bit
  private readonly d: Uint32Array;
  private readonly started: Uint32Array; // whole milliseconds, less a multiple of 2 ** 32
  private readonly fingerprints: Uint32Array;
  private readonly stages: Uint8Array; // less 1
  private readonly notes: Uint8Array;
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
    this.a = new Uint32Array(capacity);
    this.b = new Uint32Array(capacity);
    this.c = new Uint32Array(capacity);
    this.d = new Uint32Array(capacity);
    this.started = new Uint32Array(capacity);
    this.fingerprints = new Uint32Array(capacity);
    this.stages = new Uint8Array(capacity);
    this.notes = new Uint8Array(capacity);
    this.chain = new Uint32Array(capacity);
    this.older = new Uint32Array(capacity);
    this.newer = new Uint32Array(capacity);
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(2, capacity)));
    this.buckets = new Uint32Array(buckets);
    this.mask = buckets - 1;
  }

  /** Bytes that the table takes when every slot has been used. */
  get maxBytes(): number {
    const words = [this.a, this.b, this.c, this.d];
    const own = [this.started, this.fingerprints, this.stages, this.notes];
    const arrays = [...words, ...own, this.chain, this.older, this.newer];
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
    set(this.a, slot, source.a);
    set(this.b, slot, source.b);
    set(this.c, slot, (source.c ^ V4_MAPPED) >>> 0);
    this.d[slot] = source.d;
    this.started[slot] = Math.floor(attempt.startedMs);
    set(this.stages, slot, attempt.stage - 1);
    set(this.notes, slot, attempt.notes);
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

  /** Counts an entry in the journal. */
  countNote(slot: number): void {
    this.notes[slot] = this.notes[slot]! + 1;
  }

  /** How many entries of the journal have been counted. */
  notesOf(slot: number): number {
    return this.notes[slot]!;
  }

  stageOf(slot: number): number {
    return this.stages[slot]! + 1;
  }

  /** The last whole millisecond, of the 49 days before `nowMs`, at which it may have begun. */
  startedMsOf(slot: number, nowMs: number): number {
    const ms = Math.floor(nowMs);
    return ms - ((ms - this.started[slot]!) >>> 0);
  }

  fingerprintOf(slot: number): number {
    return this.fingerprints[slot]!;
  }

  sourceOf(slot: number): Address {
    return { a: this.a[slot]!, b: this.b[slot]!, c: (this.c[slot]! ^ V4_MAPPED) >>> 0, d: this.d[slot]! };
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
    return (
      this.d[slot] === source.d &&
      (this.c[slot]! ^ V4_MAPPED) >>> 0 === source.c &&
      this.b[slot] === source.b &&
      this.a[slot] === source.a
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
  /** Entries of the journal beyond the strangers', at most 255. */
  readonly notes: number;
}

/** A page that nothing is written to takes no memory, however often it is read. */
function set(array: Uint32Array | Uint8Array, slot: number, value: number): void {
  if (array[slot] !== value) array[slot] = value;
}

function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = hash ^ Math.imul(k, 0x1b873593);
  return Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64;
}
