import { describe, expect, it } from 'vitest';
import { closed, noFigures, summedFigures } from './summed-figures.js';

describe('summedFigures', () => {
  const figures = { door: 'HTTP', allowed: 1, denied: 2, connections: 3, open: 4, bytesIn: 5, bytesOut: 6 };

  it('adds up each door of several processes', () => {
    expect(summedFigures([noFigures('SSH'), noFigures('HTTP'), figures, figures])).toEqual([
      noFigures('SSH'),
      { door: 'HTTP', allowed: 2, denied: 4, connections: 6, open: 8, bytesIn: 10, bytesOut: 12 },
    ]);
  });

  it('of a process that is gone nothing is open, and the rest stays', () => {
    expect(summedFigures([closed(figures)])).toEqual([{ ...figures, open: 0 }]);
  });
});
