import { describe, expect, it } from 'vitest';
import { parseAnswerHead } from './answer-head.js';
import { AnswerFault } from './upstream-fault.js';

const head = (lines: readonly string[], { status = 'HTTP/1.1 200 OK', method = 'GET' } = {}) =>
  parseAnswerHead([status, ...lines].join('\r\n'), method);

describe('parseAnswerHead', () => {
  it('keeps case, order and bytes of all fields', () => {
    const lines = ['sEt-Cookie: a', 'X-B:\t b \xa0 \t', 'set-cookie:b', 'X-Empty:', 'X-Colon: a:b'];
    expect(head(lines, { status: 'HTTP/1.1 404 No B\xe4r' })).toMatchObject({
      status: 404,
      reason: 'No B\xe4r',
      lines: {
        raw: ['sEt-Cookie', 'a', 'X-B', 'b \xa0', 'set-cookie', 'b', 'X-Empty', '', 'X-Colon', 'a:b'],
        names: ['set-cookie', 'x-b', 'set-cookie', 'x-empty', 'x-colon'],
      },
    });
  });

  it.each([['HTTP/1.1 200 '], ['HTTP/1.1 200'], ['HTTP/1.0 200 OK']])('takes %j', (status) => {
    expect(head([], { status }).status).toBe(200);
  });

  it.each([
    ['a length', ['Content-Length: 05'], {}, 5],
    ['none', [], {}, 'close'],
    ['a coding', ['transfer-encoding: Chunked'], {}, 'chunked'],
    ['a length, to a HEAD', ['Content-Length: 5'], { method: 'HEAD' }, 0],
    ['a coding, to a HEAD', ['Transfer-Encoding: chunked'], { method: 'HEAD' }, 0],
    ['a length with 304', ['Content-Length: 5'], { status: 'HTTP/1.1 304 Not Modified' }, 0],
    ['none with 204', [], { status: 'HTTP/1.1 204 No Content' }, 0],
  ])('frames the body by %s', (_name, lines, how, framing) => {
    expect(head(lines, how).framing).toBe(framing);
  });

  it.each([
    [[], 'HTTP/1.1', true],
    [['Connection: close'], 'HTTP/1.1', false],
    [['Connection: x, CLOSE ,y'], 'HTTP/1.1', false],
    [['Connection: x', 'Connection: close'], 'HTTP/1.1', false],
    [['Connection: closed'], 'HTTP/1.1', true],
    [[], 'HTTP/1.0', false],
    [['Connection: Keep-Alive'], 'HTTP/1.0', true],
    [['Connection: keep-alive, close'], 'HTTP/1.0', false],
  ])('with %j and %s stays open: %s', (lines, version, keepsAlive) => {
    expect(head(['Content-Length: 0', ...lines], { status: `${version} 200 OK` }).keepsAlive).toBe(keepsAlive);
  });

  it('does not keep a connection whose end is the end of the body, or on which HTTP/1.0 has sent chunks', () => {
    expect(head(['Connection: keep-alive']).keepsAlive).toBe(false);
    expect(
      head(['Transfer-Encoding: chunked', 'Connection: keep-alive'], { status: 'HTTP/1.0 200 OK' }).keepsAlive,
    ).toBe(false);
  });

  it('hears how long the upstream keeps it', () => {
    expect(head(['Keep-Alive: timeout=5, max=100']).keepAliveMs).toBe(5000);
    expect(head(['Keep-Alive: max=100']).keepAliveMs).toBeUndefined();
  });

  it.each([
    ['two lengths', ['Content-Length: 5', 'content-length: 5']],
    ['a list of lengths', ['Content-Length: 5, 5']],
    ['a signed length', ['Content-Length: +5']],
    ['an empty length', ['Content-Length:']],
    ['a length that no number holds', ['Content-Length: 9999999999999999']],
    ['a length and a coding', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['two codings', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['a list of codings', ['Transfer-Encoding: gzip, chunked']],
    ['an unknown coding', ['Transfer-Encoding: identity']],
    // found by npm run fuzz: to Node's parser, chunked and a tab is not chunked
    ['a tab behind a coding', ['Transfer-Encoding: chunked\t']],
    ['a tab before a coding', ['Transfer-Encoding:\tchunked']],
    ['a tab behind a length', ['Content-Length: 5\t']],
    ['a folded line', ['X-A: b', ' c']],
    ['a line without a colon', ['nonsense']],
    ['an empty line', ['']],
    ['an empty name', [': x']],
    ['a space before the colon', ['X-A : b']],
    ['a bare CR', ['X-A: b\rX-C: d']],
    ['a bare LF', ['X-A: b\nX-C: d']],
    ['NUL', ['X-A: b\0']],
    ['a vertical tab', ['X-A: \x0bb']],
  ])('refuses %s', (_name, lines) => {
    expect(() => head(lines)).toThrow(AnswerFault);
  });

  it.each([
    'HTTP/2 200 OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 Low',
    'http/1.1 200 OK',
    'HTTP/1.1  200 OK',
  ])('refuses the status line %j', (status) => {
    expect(() => head([], { status })).toThrow(AnswerFault);
  });
});
