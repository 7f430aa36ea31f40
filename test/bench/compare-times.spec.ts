import { describe, expect, it } from 'vitest';
import { seeded } from '../stealth/random-segment.js';
import { compareTimes } from './compare-times.js';

describe('compareTimes', () => {
  const PAIRS = 20_000;
  const random = seeded(7);
  const options = { confidence: 0.99, random, resamples: 4000 };
  /** Uniform within 1000 about a middle that drifts, as machines do. */
  const times = (shift: number): Float64Array =>
    new Float64Array(PAIRS).map((_, i) => 10_000 + shift + 1000 * random() + i / 4);

  it('tells nothing of the same times', () => {
    const { difference, auc, advantage } = compareTimes(times(0), times(0), options);
    for (const [{ low, high }, nothing] of [[difference, 0] as const, [auc, 0.5] as const, [advantage, 0] as const]) {
      expect(low).toBeLessThan(nothing);
      expect(high).toBeGreaterThan(nothing);
    }
  });

  it.each([50, -50])('finds a difference of %d in spite of a drift a hundred times as large', (shift) => {
    const found = compareTimes(times(0), times(shift), options);
    expect(found.difference.low).toBeLessThan(shift);
    expect(found.difference.high).toBeGreaterThan(shift);
    // P(b > a) of two uniforms of length 1 that are 0.05 apart
    const expected = shift > 0 ? 1 - 0.95 ** 2 / 2 : 0.95 ** 2 / 2;
    expect(found.auc.low).toBeLessThan(expected);
    expect(found.auc.high).toBeGreaterThan(expected);
    expect(found.medianB - found.medianA).toBeCloseTo(shift, -2);
  });

  it('the advantage is that of the best threshold', () => {
    const flat = (shift: number): Float64Array => new Float64Array(PAIRS).map(() => shift + 1000 * random());
    for (const shift of [300, -300]) {
      const { advantage } = compareTimes(flat(0), flat(shift), options);
      expect(advantage.value).toBeCloseTo(0.3, 1);
      expect(advantage.low).toBeGreaterThan(0.28);
    }
  });

  it('refuses fewer pairs than it has blocks', () => {
    expect(() => compareTimes(new Float64Array(10), new Float64Array(10), options)).toThrow(RangeError);
  });
});
