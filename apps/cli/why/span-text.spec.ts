import { describe, expect, it } from 'vitest';
import { spanText } from './span-text.js';

describe('spanText', () => {
  it.each([
    [0.4, '0 ms'],
    [12.3, '12 ms'],
    [999.9, '999 ms'],
    [4790, '4.7 s'],
    [47_900, '47 s'],
    [119_000, '119 s'],
    [200_000, '3 min'],
    [8_000_000, '2 h'],
    [200_000_000, '2 d'],
  ])('%d ms: %s', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });
});
