import type { FuzzTarget } from './target.js';

/** A fault that nobody meets by chance: four bytes, one after the other. */
export const planted: FuzzTarget = {
  name: 'planted',
  covers: /\/planted\.fixture/u,
  words: [],
  maxBytes: 64,
  run(input) {
    if (input[0] !== 0x46) return;
    if (input[1] !== 0x55) return;
    if (input[2] !== 0x5a) return;
    if (input[3] === 0x21) throw new Error('found');
  },
};
