import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { isWebSocket, withoutUpgrade } from './upgrade-request.js';

const request = (over: object = {}): IncomingMessage =>
  ({
    method: 'GET',
    url: '/a//b',
    httpVersion: '1.1',
    headers: { upgrade: 'WebSocket' },
    rawHeaders: ['Host', 'h', 'Connection', 'Upgrade', 'Upgrade', 'WebSocket'],
    ...over,
  }) as IncomingMessage;

describe('isWebSocket', () => {
  it.each([
    ['a handshake', {}, true],
    ['another protocol', { headers: { upgrade: 'h2c' } }, false],
    ['a POST', { method: 'POST' }, false],
    ['HTTP/1.0, where Upgrade means nothing (RFC 9110, 7.8)', { httpVersion: '1.0' }, false],
    ['a GET with a body', { rawHeaders: ['Content-Length', '5'] }, false],
  ])('%s', (_name, over, expected) => {
    expect(isWebSocket(request(over))).toBe(expected);
  });
});

describe('withoutUpgrade', () => {
  it('is the request as it was sent, without the wish to upgrade', () => {
    const rawHeaders = [
      'hOst',
      'h',
      'Connection',
      'Upgrade, X-A,HTTP2-Settings',
      'Upgrade',
      'h2c',
      'http2-settings',
      'x',
    ];
    const text = withoutUpgrade(request({ method: 'POST', rawHeaders: [...rawHeaders, 'X-L', 'caf\xe9'] }));
    expect(text.toString('latin1')).toBe('POST /a//b HTTP/1.1\r\nhOst: h\r\nConnection: X-A\r\nX-L: caf\xe9\r\n\r\n');
  });
});
