import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader } from './answer-reader.js';
import { AnswerFault } from './upstream-fault.js';

/** What a reader says of these pieces, one answer after the other. */
function reading(pieces: readonly string[], { method = 'GET', answers = 1 } = {}) {
  const said: string[] = [];
  const reader = new AnswerReader();
  let due = answers;
  const say = (what: string): void => {
    const last = said.at(-1);
    if (what.startsWith('+') && last?.startsWith('+') === true) said[said.length - 1] = last + what.slice(1);
    else said.push(what);
  };
  const next = (): void => {
    due -= 1;
    reader.expect(method, {
      interim: (status) => say(`interim ${status}`),
      head: ({ status, framing }) => say(`${status} ${framing}`),
      data: (data) => say(`+${data.toString('latin1')}`),
      end: (trailers) => {
        say(`end ${trailers.join()}`);
        if (due > 0) next();
      },
    });
  };
  next();
  for (const piece of pieces) reader.read(Buffer.from(piece, 'latin1'));
  return { said, reader };
}

const COUNTED = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const CHUNKED = 'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nX: y\r\n\r\n';
const EMPTY = 'HTTP/1.1 204 No Content\r\n\r\n';
const INTERIM = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n';

describe('AnswerReader', () => {
  it('reads the same, however the bytes are cut up', () => {
    const text = INTERIM + COUNTED + CHUNKED + EMPTY + COUNTED;
    const whole = reading([text], { answers: 4 }).said;
    const expected = [
      ['interim 100', 'interim 103', '200 5', '+hello', 'end '],
      ['201 chunked', '+abc', 'end X,y'],
      ['204 0', 'end '],
      ['200 5', '+hello', 'end '],
    ];
    expect(whole).toEqual(expected.flat());
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 30 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((end, i) => text.slice(at[i], end));
        expect(reading(pieces, { answers: 4 }).said).toEqual(whole);
      }),
    );
  });

  it('takes as long a header, wherever that is cut', () => {
    const start = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-A: ';
    const head = (length: number): string => `${start.padEnd(length, 'b')}\r\n\r\n`;
    const most = 32 * 1024;
    for (let cut = most - 1; cut <= most + 4; cut += 1) {
      const pieces = (length: number): string[] => [head(length).slice(0, cut), head(length).slice(cut)];
      expect(reading(pieces(most)).said).toEqual(['200 0', 'end ']);
      expect(() => reading(pieces(most + 1))).toThrow(AnswerFault);
    }
  });

  it('has no body in the answer to a HEAD', () => {
    expect(reading(['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'], { method: 'HEAD' }).said).toEqual([
      '200 0',
      'end ',
    ]);
  });

  it('knows what the end of the connection means', () => {
    const ended = (...pieces: string[]): boolean => reading(pieces).reader.endOfInput();
    expect(ended()).toBe(false);
    expect(ended('HTTP/1.1 200')).toBe(false);
    expect(ended(COUNTED.slice(0, -1))).toBe(false);
    expect(ended(CHUNKED.slice(0, -1))).toBe(false);
    expect(ended('HTTP/1.1 200 OK\r\n\r\nuntil the end')).toBe(true);
    expect(ended(COUNTED)).toBe(true);
  });

  it('knows whether an answer has begun', () => {
    expect(reading([]).reader.hasBegun).toBe(false);
    expect(reading(['H']).reader).toMatchObject({ hasBegun: true, isDue: true });
    expect(reading([COUNTED.slice(0, -5)]).reader).toMatchObject({ hasBegun: true, isDue: false });
  });

  it.each([
    ['bytes behind the answer', `${COUNTED}HTTP/1.1 200 OK\r\n\r\n`],
    ['a body where there is none', `${EMPTY}x`],
    ['another protocol', 'SSH-2.0-OpenSSH\r\n'],
    ['the beginning of one', 'SS'],
    ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
    // found by npm run fuzz: is it the answer, or does one follow?
    ['an interim answer that is the last', `HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n${COUNTED}`],
    ['an interim answer of HTTP/1.0', `HTTP/1.0 100 Continue\r\n\r\n${COUNTED}`],
    ['an endless header', `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(5000)}`],
    ['a header that is too long', `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(5000)}\r\n`],
  ])('refuses %s', (_name, text) => {
    expect(() => reading([text])).toThrow(AnswerFault);
  });
});
