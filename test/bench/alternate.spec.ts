import { expect, it } from 'vitest';
import { alternate } from './alternate.js';

it('measures each once a round, every other round in reverse order', async () => {
  const order: string[] = [];
  const values = await alternate(['ours', 'theirs'], 3, async (who) => order.push(who));
  expect(order).toEqual(['ours', 'theirs', 'theirs', 'ours', 'ours', 'theirs']);
  expect(values).toEqual({ ours: [1, 4, 5], theirs: [2, 3, 6] });
});
