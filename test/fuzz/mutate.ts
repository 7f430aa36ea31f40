import type { Random } from './random.js';

/** What lengths, counts and flags go wrong at. */
const EDGES = [0, 1, 4, 5, 0x0a, 0x0d, 0x20, 0x7f, 0x80, 0xff];
const NUMBERS = ['0', '1', '00', '-1', '+1', '0x1', '255', '256', '65535', '65536', '4294967296', '9007199254740993'];
const MAX_STEPS = 5;
const MAX_PIECE = 24;

interface Kitchen {
  readonly random: Random;
  readonly words: readonly Buffer[];
  /** Others to take pieces from. */
  readonly others: readonly Buffer[];
}

type Step = (bytes: Buffer, kitchen: Kitchen) => Buffer;

const STEPS: readonly Step[] = [
  // a bit, a byte, an edge
  (bytes, { random }) => put(bytes, at(bytes, random), (old) => old ^ (1 << random.below(8))),
  (bytes, { random }) => put(bytes, at(bytes, random), () => random.below(256)),
  (bytes, { random }) => put(bytes, at(bytes, random), () => random.of(EDGES)),
  (bytes, { random }) => put(bytes, at(bytes, random), (old) => old + random.below(17) - 8),
  // a piece less, twice, or elsewhere
  (bytes, { random }) => cut(bytes, piece(bytes, random), Buffer.alloc(0)),
  (bytes, { random }) => insert(bytes, random, slice(bytes, piece(bytes, random))),
  (bytes, { random }) => bytes.subarray(0, random.below(bytes.length + 1)),
  // a word of its language, a number, a line end, a byte more
  (bytes, { random, words }) => (words.length === 0 ? bytes : insert(bytes, random, random.of(words))),
  (bytes, { random, words }) => (words.length === 0 ? bytes : cut(bytes, piece(bytes, random), random.of(words))),
  (bytes, { random }) => cut(bytes, digits(bytes, random), Buffer.from(random.of(NUMBERS))),
  (bytes, { random }) => insert(bytes, random, Buffer.from(random.of(['\r\n', '\n', '\r', ' ', '\t', '\0']))),
  (bytes, { random }) => insert(bytes, random, Buffer.from([random.below(256)])),
  // a piece of another one
  (bytes, { random, others }) => {
    const other = random.of(others);
    return cut(bytes, piece(bytes, random), slice(other, piece(other, random)));
  },
  (bytes, { random, others }) => {
    const other = random.of(others);
    return Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(at(other, random))]);
  },
];

/** Another input like this one. */
export function mutate(bytes: Buffer, kitchen: Kitchen, maxBytes: number): Buffer {
  let changed = bytes;
  for (let left = 1 + kitchen.random.below(MAX_STEPS); left > 0; left -= 1) {
    changed = kitchen.random.of(STEPS)(changed, kitchen);
  }
  return Buffer.from(changed.subarray(0, maxBytes));
}

type Piece = readonly [from: number, to: number];

function at(bytes: Buffer, random: Random): number {
  return random.below(Math.max(1, bytes.length));
}

function piece(bytes: Buffer, random: Random): Piece {
  const from = at(bytes, random);
  const most = random.once(8) ? bytes.length : MAX_PIECE;
  return [from, Math.min(bytes.length, from + 1 + random.below(most + 1))];
}

/** The decimal digits behind some place, or nothing at it. */
function digits(bytes: Buffer, random: Random): Piece {
  let from = at(bytes, random);
  while (from < bytes.length && !isDigit(bytes[from]!)) from += 1;
  let to = from;
  while (to < bytes.length && isDigit(bytes[to]!)) to += 1;
  return [from, to];
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function slice(bytes: Buffer, [from, to]: Piece): Buffer {
  return bytes.subarray(from, to);
}

function cut(bytes: Buffer, [from, to]: Piece, by: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);
}

function insert(bytes: Buffer, random: Random, what: Buffer): Buffer {
  const where = random.below(bytes.length + 1);
  return cut(bytes, [where, where], what);
}

function put(bytes: Buffer, where: number, change: (old: number) => number): Buffer {
  if (bytes.length === 0) return bytes;
  const changed = Buffer.from(bytes);
  changed[where] = change(changed[where]!);
  return changed;
}
