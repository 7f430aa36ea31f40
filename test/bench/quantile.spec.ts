import { expect, test } from 'vitest';
import { quantile } from './quantile.js';

test.each([
  [0.5, 50],
  [0.99, 99],
  [1, 100],
  [0, 1],
])('%d of 1 to 100 is %d', (part, expected) => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(quantile(values, part)).toBe(expected);
});

test('of a few values the highest ones are the largest', () => {
  expect(quantile([3, 1, 2], 0.99)).toBe(3);
});
