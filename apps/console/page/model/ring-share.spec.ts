import { expect, it } from 'vitest';
import { ringShare } from './ring-share.js';

it.each([
  [59_000, 59_000, 1],
  [29_500, 59_000, 0.5],
  [0, 59_000, 0],
  [-5, 59_000, 0],
  [70_000, 59_000, 1],
  [5000, 0, 1],
  [Number.NaN, 59_000, 0],
])('%d of %d ms: %d', (left, lasts, share) => {
  expect(ringShare(left, lasts)).toBe(share);
});
