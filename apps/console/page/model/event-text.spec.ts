import { expect, it } from 'vitest';
import { eventText } from './event-text.js';

const event = (kind: string, fields: Record<string, string | number> = {}) => ({
  id: '1-0',
  door: 'HTTP',
  at: '2026-11-28T10:00:00.000Z',
  event: kind,
  ip: '192.0.2.7',
  ...fields,
});

it.each([
  [event('stage', { stage: 2, of: 4 }), 'step', 'stage 2 of 4'],
  [event('opened', { ttl: 59, method: 'knock' }), 'good', 'opened for 59 s (knock)'],
  [event('extended', { ttl: 660, method: 'manual' }), 'good', 'extended to 11 min (manual)'],
  [event('expired'), 'over', 'ended in time'],
  [event('revoked', { by: 'console' }), 'over', 'revoked (console)'],
  [event('revoked'), 'over', 'revoked'],
  [event('voided', { stage: 3 }), 'failed', 'wrong port after stage 3'],
  [event('sequence_timeout', { stage: 1 }), 'failed', 'too slow after stage 1'],
  [event('moved', { to: 'x' }), 'step', 'moved to=x'],
])('%j', (entry, tone, text) => {
  expect(eventText(entry)).toEqual({ tone, text });
});
