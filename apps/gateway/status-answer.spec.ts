import { describe, expect, it } from 'vitest';
import { lastAnswerText, type StatusOutcome, statusAnswer } from './status-answer.js';

const OPEN: StatusOutcome = { kind: 'open', door: 'Tür "1"', ip: '203.0.113.7', secondsLeft: 41 };
const OUTCOMES: readonly StatusOutcome[] = [
  OPEN,
  { kind: 'closed' },
  { kind: 'not closed' },
  { kind: 'foreign' },
  { kind: 'method' },
];

describe('statusAnswer', () => {
  it('tells a program in JSON, in the order of the words', () => {
    const { status, fields, body } = statusAnswer(OPEN, false);
    expect([status, fields['Content-Type']]).toEqual([200, 'application/json']);
    expect(body).toBe('{"door":"Tür \\"1\\"","ip":"203.0.113.7","seconds_left":41}\n');
    expect(fields['Content-Length']).toBe(Buffer.byteLength(body));
  });

  it('tells a person by a page that no other site can frame', () => {
    const { status, fields, body } = statusAnswer(OPEN, true);
    expect([status, fields['Content-Type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(fields['Content-Security-Policy']).toContain("frame-ancestors 'none'");
    expect(body).toContain('<b id="left">41</b>');
  });

  it.each([
    [{ kind: 'closed' }, 204, 200],
    [{ kind: 'not closed' }, 503, 503],
    [{ kind: 'foreign' }, 403, 403],
    [{ kind: 'method' }, 405, 405],
  ] as const)('%j', (outcome, forPrograms, forPeople) => {
    expect(statusAnswer(outcome, false).status).toBe(forPrograms);
    expect(statusAnswer(outcome, true).status).toBe(forPeople);
  });

  it('names the methods there are', () => {
    expect(statusAnswer({ kind: 'method' }, false).fields).toMatchObject({ Allow: 'GET, HEAD, POST' });
  });

  it.each(OUTCOMES)('is kept by nobody: %j', (outcome) => {
    for (const wantsPage of [true, false]) {
      expect(statusAnswer(outcome, wantsPage).fields).toMatchObject({ 'Cache-Control': 'no-store' });
    }
  });

  it('as bytes it is the last of its connection', () => {
    expect(lastAnswerText(statusAnswer({ kind: 'closed' }, false))).toMatch(
      /^HTTP\/1\.1 204 No Content\r\nCache-Control: no-store\r\n(?!.*Content-Length).*Connection: close\r\n\r\n$/su,
    );
    expect(lastAnswerText(statusAnswer({ kind: 'not closed' }, false))).toMatch(
      /^HTTP\/1\.1 503 Service Unavailable\r\n.*Content-Length: 70\r\nConnection: close\r\n\r\nThe door could not/su,
    );
  });
});
