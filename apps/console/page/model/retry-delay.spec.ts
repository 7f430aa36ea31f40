import { expect, it } from 'vitest';
import { retryDelayMs } from './retry-delay.js';

it('grows, and not forever', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(retryDelayMs)).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
});
