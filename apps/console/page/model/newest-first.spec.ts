import { expect, it } from 'vitest';
import { newestFirst } from './newest-first.js';

const event = (id: string, door = 'A') => ({ id, door, at: '', event: 'stage', ip: '192.0.2.1' });

it('orders as Redis does: by milliseconds, then by number, not by text', () => {
  const ids = ['9-1', '10-2', '10-10', '10-0'].map((id) => event(id));
  expect(ids.toSorted(newestFirst).map(({ id }) => id)).toEqual(['10-10', '10-2', '10-0', '9-1']);
});

it('has an order for equal ids of two doors', () => {
  expect([event('1-0', 'B'), event('1-0', 'A')].toSorted(newestFirst).map(({ door }) => door)).toEqual(['A', 'B']);
});
