import { describe, expect, it } from 'vitest';
import { prefixMask } from './prefix-mask.js';

describe('prefixMask', () => {
  it.each([
    [0, 0, 0],
    [1, 0, 0x80000000],
    [31, 0, 0xfffffffe],
    [32, 0, 0xffffffff],
    [32, 32, 0],
    [33, 32, 0x80000000],
    [104, 96, 0xff000000],
    [128, 96, 0xffffffff],
    [128, 0, 0xffffffff],
  ] as const)('/%i on the word at bit %i', (prefixLength, firstBit, mask) => {
    expect(prefixMask(prefixLength, firstBit)).toBe(mask);
  });
});
