import { expect, test } from 'vitest';
import { ArrivalPace } from './arrival-pace.js';

function floodAfter(gapsMs: readonly number[]): boolean {
  const pace = new ArrivalPace();
  let nowMs = 1000;
  pace.arrived(nowMs);
  return gapsMs.map((gapMs) => pace.arrived((nowMs += gapMs))).at(-1)!;
}

test('a knock, all at once, is no flood', () => {
  expect(floodAfter([0.02, 0.02, 0.02])).toBe(false);
});

test('arrivals close together are a flood, once they are many', () => {
  const close = Array.from({ length: 8 }, () => 0.1);
  expect(floodAfter(close.slice(1))).toBe(false);
  expect(floodAfter(close)).toBe(true);
});

test('a pause ends it', () => {
  expect(floodAfter([...Array.from({ length: 20 }, () => 0.1), 1])).toBe(false);
});
