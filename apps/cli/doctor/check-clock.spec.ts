import { expect, it } from 'vitest';
import { judgeClock } from './check-clock.js';

it.each([
  [true, 'ok'],
  [false, 'warning'],
])('judgeClock: synchronised %s: %s', (synchronised, state) => {
  expect(judgeClock(synchronised).state).toBe(state);
});
