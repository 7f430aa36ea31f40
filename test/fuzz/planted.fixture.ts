import type { FuzzTarget } from './target.js';

/** A fault that nobody meets by chance: three bytes, one after the other. */
export const planted: FuzzTarget = {
  name: 'planted',
  covers: /\/planted\.fixture/u,
  words: [],
  maxBytes: 64,
  run(input) {
    if (input[0] !== 0x46) return;
    if (input[1] !== 0x55) return;
    if (input[2] === 0x5a) throw new Error('found');
  },
};
