import { didYouMean } from './did-you-mean.js';
import type { Flaw } from './parsed.js';

const WORD = /^[A-Za-z][A-Za-z_-]{0,39}$/;

/**
 * The flaw of a key that nobody knows, with the one that was most likely meant.
 * SECURITY: the key is shown only if it is a word without digits: `6000,7000: x` is a mistake that people make.
 */
export function unknownKey(key: string, known: readonly string[], noun = 'key'): Flaw {
  const what = WORD.test(key) ? `unknown ${noun} "${key}"` : `unknown ${noun}`;
  const close = didYouMean(key, known);
  return { what, instead: close === undefined ? `known are: ${known.join(', ')}` : `did you mean "${close}"?` };
}
