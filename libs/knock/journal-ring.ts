import type { Address } from '#address';
import type { Packet } from '#wire';
import type { Step } from './door.js';
import { type Verdict, VERDICTS } from './verdict.js';

/** What is kept of a packet. */
export interface JournalEntry {
  /** As the clock of the attempt table has it. */
  readonly timeMs: number;
  readonly verdict: Verdict;
  /** A number for the door, from 1; 0: no door had a use for it. */
  readonly door: number;
  /** Steps made once it had been judged; of an attempt that ended, those that were lost. */
  readonly stage: number;
  /** Undefined: no packet. */
  readonly got: Step | undefined;
  /** The TCP flags of the packet, see `TcpFlag`. */
  readonly flags: number;
  /** Undefined: nothing in particular. */
  readonly expected: Step | undefined;
  /** A first knock, noted a second time where strangers' packets do not push it out. */
  readonly copy: boolean;
}

/** What is put in. Always all keys in this order, for V8 to know what it is: this is done for each packet. */
export interface Note extends Omit<JournalEntry, 'got' | 'flags'> {
  readonly packet: Pick<Packet, 'destinationPort' | 'protocol' | 'flags'> | undefined;
}

const GOT = 1;
const GOT_UDP = 2;
const EXPECTED = 4;
const EXPECTED_UDP = 8;
const COPY = 16;
const CODES = Object.fromEntries(VERDICTS.map((verdict, code) => [verdict, code])) as Record<Verdict, number>;

/** The last so many entries, in typed arrays: 34 bytes each, which take memory as they are first written to. */
export class JournalRing {
  private readonly a: Uint32Array;
  private readonly b: Uint32Array;
  private readonly c: Uint32Array;
  private readonly d: Uint32Array;
  private readonly times: Float64Array;
  private readonly got: Uint16Array;
  private readonly expected: Uint16Array;
  private readonly doors: Uint16Array;
  private readonly flags: Uint8Array;
  private readonly stages: Uint8Array;
  private readonly verdicts: Uint8Array;
  private readonly kinds: Uint8Array;
  private next = 0;
  private filled = 0;

  constructor(readonly capacity: number) {
    this.a = new Uint32Array(capacity);
    this.b = new Uint32Array(capacity);
    this.c = new Uint32Array(capacity);
    this.d = new Uint32Array(capacity);
    this.times = new Float64Array(capacity);
    this.got = new Uint16Array(capacity);
    this.expected = new Uint16Array(capacity);
    this.doors = new Uint16Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.stages = new Uint8Array(capacity);
    this.verdicts = new Uint8Array(capacity);
    this.kinds = new Uint8Array(capacity);
  }

  get maxBytes(): number {
    const words = [this.a, this.b, this.c, this.d, this.times];
    const halves = [this.got, this.expected, this.doors];
    const bytes = [this.flags, this.stages, this.verdicts, this.kinds];
    return [...words, ...halves, ...bytes].reduce((sum, array) => sum + array.byteLength, 0);
  }

  /** The time of the oldest entry; undefined: none has been pushed out yet. */
  get oldestMs(): number | undefined {
    return this.filled < this.capacity ? undefined : this.times[this.next];
  }

  /** In place of the oldest entry if it is full. */
  add(source: Address, { timeMs, verdict, door, stage, packet, expected, copy }: Note): void {
    const at = this.next;
    this.next = at + 1 === this.capacity ? 0 : at + 1;
    if (this.filled < this.capacity) this.filled += 1;
    this.a[at] = source.a;
    this.b[at] = source.b;
    this.c[at] = source.c;
    this.d[at] = source.d;
    this.times[at] = timeMs;
    this.doors[at] = door;
    this.stages[at] = stage;
    this.verdicts[at] = CODES[verdict];
    let kind = copy ? COPY : 0;
    if (packet !== undefined) {
      this.got[at] = packet.destinationPort;
      this.flags[at] = packet.flags;
      kind |= packet.protocol === 'udp' ? GOT | GOT_UDP : GOT;
    }
    if (expected !== undefined) {
      this.expected[at] = expected.port;
      kind |= expected.protocol === 'udp' ? EXPECTED | EXPECTED_UDP : EXPECTED;
    }
    this.kinds[at] = kind;
  }

  /** The places of all entries, the newest first; valid until the next `add`. */
  *newestFirst(): Generator<number> {
    for (let i = 1; i <= this.filled; i += 1) yield (this.next - i + this.capacity) % this.capacity;
  }

  isOf(at: number, { a, b, c, d }: Address): boolean {
    return this.d[at] === d && this.c[at] === c && this.b[at] === b && this.a[at] === a;
  }

  sourceAt(at: number): Address {
    return { a: this.a[at]!, b: this.b[at]!, c: this.c[at]!, d: this.d[at]! };
  }

  entryAt(at: number): JournalEntry {
    const kind = this.kinds[at]!;
    return {
      timeMs: this.times[at]!,
      verdict: VERDICTS[this.verdicts[at]!]!,
      door: this.doors[at]!,
      stage: this.stages[at]!,
      got: (kind & GOT) === 0 ? undefined : step(this.got[at]!, kind & GOT_UDP),
      flags: (kind & GOT) === 0 ? 0 : this.flags[at]!,
      expected: (kind & EXPECTED) === 0 ? undefined : step(this.expected[at]!, kind & EXPECTED_UDP),
      copy: (kind & COPY) !== 0,
    };
  }
}

function step(port: number, udp: number): Step {
  return { port, protocol: udp === 0 ? 'tcp' : 'udp' };
}
