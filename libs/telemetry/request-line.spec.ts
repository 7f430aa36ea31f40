import fc from 'fast-check';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { requestLine } from './request-line.js';

const TIME = ',"time":"2026-11-23T02:40:00.000Z"';
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('"', '\\', '\n', '/', 'é') }));

it('is what pino writes', () => {
  let written = '';
  const formatters = { level: (level: string) => ({ level }) };
  const logger = pino({ base: null, timestamp: () => TIME, formatters }, { write: (line) => (written = line) });
  const request = fc.record({
    event: fc.constant('request' as const),
    ip: text,
    door: text,
    method: text,
    path: text,
    status: fc.nat(),
    bytes: fc.nat(),
    ms: fc.nat(),
  });
  fc.assert(
    fc.property(request, text, (event, msg) => {
      logger.info(event, msg);
      expect(requestLine(event, { level: 'info', msg, time: TIME })).toBe(written);
    }),
  );
});
