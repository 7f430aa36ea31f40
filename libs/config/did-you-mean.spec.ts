import { describe, expect, it } from 'vitest';
import { didYouMean } from './did-you-mean.js';

const KNOWN = ['sequence', 'listen', 'hide', 'mode', 'seq_timeout'];

describe('didYouMean', () => {
  it.each([
    ['sequence', 'sequence'],
    ['sequnce', 'sequence'],
    ['Sequenec', 'sequence'],
    ['seq-timeout', 'seq_timeout'],
    ['seqtimeout', 'seq_timeout'],
    ['hode', 'hide'],
    ['MODE', 'mode'],
  ])('%s means %s', (word, meant) => {
    expect(didYouMean(word, KNOWN)).toBe(meant);
  });

  it.each(['', 'port', 'cod', 'timeout', 'x'.repeat(100_000)])('%j means nothing', (word) => {
    expect(didYouMean(word, KNOWN)).toBeUndefined();
  });
});
