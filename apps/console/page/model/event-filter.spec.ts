import { expect, it } from 'vitest';
import { anyEvent, passes } from './event-filter.js';

const event = { id: '1-0', door: 'HTTP', at: '2026-11-28T10:00:00.000Z', event: 'opened', ip: '192.0.2.7', ttl: 59 };

it.each([
  [anyEvent, true],
  [{ ...anyEvent, door: 'HTTP' }, true],
  [{ ...anyEvent, door: 'SSH' }, false],
  [{ ...anyEvent, event: 'opened' }, true],
  [{ ...anyEvent, event: 'open' }, false],
  [{ ...anyEvent, text: ' 192.0.2 ' }, true],
  [{ ...anyEvent, text: 'OPENED' }, true],
  [{ ...anyEvent, text: '59' }, true],
  [{ ...anyEvent, text: '192.0.3' }, false],
  [{ door: 'HTTP', event: 'opened', text: '198' }, false],
])('%j: %s', (filter, expected) => {
  expect(passes(event, filter)).toBe(expected);
});
