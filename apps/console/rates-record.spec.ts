import { expect, it } from 'vitest';
import { RatesRecord } from './rates-record.js';

const rates = (knocks: number) => ({ packets: 9, knocks, opened: 1, denied: 2, allowed: 3, connections_open: 4 });

it('keeps 10 minutes, oldest first', () => {
  const record = new RatesRecord();
  for (let second = 1; second <= 1000; second += 1) record.add(second * 1000, rates(second));
  expect(record.list).toHaveLength(601);
  expect(record.list[0]).toEqual({ at_ms: 400_000, knocks: 400, opened: 1, denied: 2 });
  expect(record.list.at(-1)!.knocks).toBe(1000);
});

it('goes one way only when the clock was put back', () => {
  const record = new RatesRecord();
  for (const at of [5000, 6000, 5500]) record.add(at, rates(at));
  expect(record.list.map(({ at_ms: at }) => at)).toEqual([5000, 5500]);
});
