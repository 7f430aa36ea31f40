import { describe, expect, it } from 'vitest';
import { describe as describeEvent } from './event.js';

const at = { ip: '203.0.113.7', door: 'HTTP' };

describe('the log line of an event', () => {
  it.each([
    [{ event: 'stage', ...at, stage: 2, of: 4 }, '203.0.113.7: HTTP: Stage 2'],
    [{ event: 'opened', ...at, seconds: 59, method: 'knock' }, '203.0.113.7: HTTP: OPEN SESAME'],
    [{ event: 'sequence_timeout', ...at, stage: 3 }, '203.0.113.7: HTTP: sequence timeout (stage 3)'],
    [{ event: 'expired', ...at, connections: 1 }, '203.0.113.7: HTTP: command timeout'],
  ] as const)("has knockd's wording: %o", (event, msg) => {
    expect(describeEvent(event)).toEqual({ level: 'info', msg });
  });

  it.each([
    [{ ...at, what: 'revocation' }, '203.0.113.7: HTTP: revocation: '],
    [{ door: 'HTTP', what: 'used sequence' }, 'HTTP: used sequence: '],
  ])('names what replicas have not confirmed: %o', (of, begin) => {
    const { level, msg } = describeEvent({ event: 'replicas_behind', replicas: 0, wanted: 1, ...of });
    expect([level, msg]).toEqual(['warn', expect.stringContaining(`${begin}0 of 1 replica confirmed it`)]);
  });
});
