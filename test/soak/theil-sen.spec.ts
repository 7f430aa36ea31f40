import { expect, it } from 'vitest';
import { type Point, theilSen } from './theil-sen.js';

it('finds the slope of a line', () => {
  expect(theilSen([10, 20, 40].map((x) => [x, 3 * x + 7]))).toBeCloseTo(3);
});

it('is not bent by single points', () => {
  const points = Array.from({ length: 20 }, (_, x): Point => [x, x === 3 || x === 19 ? 1e6 : -2 * x]);
  expect(theilSen(points)).toBeCloseTo(-2, 1);
});

it('is 0 where there is no line', () => {
  expect(theilSen([])).toBe(0);
  expect(theilSen([[5, 5]])).toBe(0);
  expect(
    theilSen([
      [5, 5],
      [5, 9],
    ]),
  ).toBe(0);
});
