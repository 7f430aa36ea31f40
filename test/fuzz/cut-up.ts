import { Random } from './random.js';
import { seedOf } from './seed-of.js';

const MAX_CUTS = 8;

/** Ways to hand over bytes: in one piece, byte by byte, and some in between; always the same for the same bytes. */
export function cutUp(bytes: Buffer): Buffer[][] {
  const random = new Random(seedOf(bytes));
  const some = Array.from({ length: 3 }, () => {
    const cuts = Array.from({ length: random.below(MAX_CUTS) }, () => random.below(bytes.length + 1));
    return atCuts(bytes, cuts);
  });
  return [[bytes], atCuts(bytes, [...bytes.keys()]), ...some];
}

function atCuts(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}
