import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { EventLog } from './event-log.js';

function logged(isTTY: boolean): string {
  const out = Object.assign(new PassThrough(), { isTTY });
  const log = new EventLog('info', out);
  log.emit({ event: 'stage', ip: '203.0.113.7', door: 'HTTP', stage: 1, of: 4 });
  log.emit({ event: 'denied', ip: '203.0.113.7', door: 'HTTP' }); // debug: below the level
  return String(out.read());
}

describe('EventLog', () => {
  it('writes one JSON object a line', () => {
    const lines = logged(false).trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'info',
      event: 'stage',
      ip: '203.0.113.7',
      door: 'HTTP',
      msg: '203.0.113.7: HTTP: Stage 1',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u) as unknown,
    });
  });

  it('writes text for people on a terminal', () => {
    expect(logged(true)).toMatch(/203\.0\.113\.7: HTTP: Stage 1/u);
    expect(logged(true)).not.toContain('{');
  });
});
