import { describe, expect, it } from 'vitest';
import { restartDelayMs } from './restart-delay.js';

describe('restartDelayMs', () => {
  it('is nothing for one, then doubles up to a bound', () => {
    expect([0, 1, 2, 3, 4, 7, 8, 1000].map(restartDelayMs)).toEqual([0, 0, 100, 200, 400, 3200, 5000, 5000]);
  });
});
