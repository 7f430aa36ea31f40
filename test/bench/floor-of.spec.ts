import { expect, it } from 'vitest';
import { floorOf } from './floor-of.js';

it('names the floor under each p99', () => {
  expect(floorOf({ knockgate: [0.354], nginx: [0.9] })).toContain(
    '0.35 ms at that of knockgate, 0.90 ms at that of nginx.',
  );
});
