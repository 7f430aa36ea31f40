import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from './parse-duration.js';

const DAY = 86_400_000;

describe('parseDuration', () => {
  it.each<[string | number, number]>([
    [45, 45_000],
    [0.5, 500],
    ['45', 45_000],
    ['1.5', 1500],
    [' 59s ', 59_000],
    ['59 s', 59_000],
    ['500ms', 500],
    ['0.6ms', 1],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1d', DAY],
    ['365d', 365 * DAY],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each<[string | number, string]>([
    ['', 'nothing'],
    ['0', 'not positive'],
    [0, 'not positive'],
    [-1, 'negative'],
    ['0.4ms', 'under 1 ms'],
    ['366d', 'over 365 days'],
    [Number.NaN, 'no number'],
    [Number.POSITIVE_INFINITY, 'no end'],
    [1e21, 'an exponent'],
    ['1e3', 'an exponent'],
    ['5 minutes', 'a word'],
    ['5M', 'M may be a month'],
    ['5s5', 'two numbers'],
    ['0x10', 'hexadecimal'],
    ['.5', 'no digit before the point'],
    ['constructor', 'a property of every object'],
  ])('%j is none: %s', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('gives whole milliseconds within its bounds for any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.double(), fc.stringMatching(/^\d{1,9}(\.\d{1,9})?(ms|s|m|h|d)?$/)),
        (text) => {
          const ms = parseDuration(text) ?? 1;
          expect(Number.isInteger(ms) && ms >= 1 && ms <= 365 * DAY).toBe(true);
        },
      ),
    );
  });
});
