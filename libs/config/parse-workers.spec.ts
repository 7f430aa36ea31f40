import { describe, expect, it } from 'vitest';
import { parseWorkers } from './parse-workers.js';

describe('parseWorkers', () => {
  it.each([
    [1, 1],
    [256, 256],
    ['4', 4],
    ['auto', 'auto'],
  ])('%j', (value, workers) => {
    expect(parseWorkers(value)).toMatchObject({ value: workers });
  });

  it.each([0, -1, 1.5, 257, Number.NaN, '', 'all', '0', '1e3', 'AUTO'])('refuses %j', (value) => {
    expect(parseWorkers(value)).toMatchObject({ flaws: [{ what: 'is not a number of workers' }] });
  });
});
