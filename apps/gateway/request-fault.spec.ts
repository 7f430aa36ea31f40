import { describe, expect, it } from 'vitest';
import { requestFault, requestFraming, requestTarget } from './request-fault.js';

const request = (over: object = {}) => ({
  method: 'POST',
  url: '/',
  httpVersion: '1.1',
  rawHeaders: ['Host', 'h'],
  ...over,
});

describe('requestFault', () => {
  it.each([
    ['an ordinary request', {}, undefined],
    ['two Host fields', { rawHeaders: ['Host', 'a', 'host', 'a'] }, 'host'],
    ['a field without a name', { rawHeaders: ['Host', 'h', '', 'x'] }, 'field'],
    ['a name that is no token', { rawHeaders: ['Host', 'h', 'a b', 'x'] }, 'field'],
    ['a value with a control character', { rawHeaders: ['Host', 'h', 'a', 'x\0y'] }, 'field'],
    ['a value in latin1', { rawHeaders: ['Host', 'h', 'a', 'caf\xe9\t!'] }, undefined],
    ['no Host', { rawHeaders: [] }, 'host'],
    ['no Host in HTTP/1.0', { httpVersion: '1.0', rawHeaders: [] }, undefined],
    ['an empty Host', { rawHeaders: ['Host', ''] }, undefined],
    ['an IPv6 Host', { rawHeaders: ['Host', '[2001:db8::1]:8080'] }, undefined],
    ['a Host with a path', { rawHeaders: ['Host', 'a/b'] }, 'host'],
    ['a Host with credentials', { rawHeaders: ['Host', 'a@b'] }, 'host'],
    ['a Host of two words', { rawHeaders: ['Host', 'a b'] }, 'host'],
    ['another version', { httpVersion: '2.0' }, 'version'],
    ['two lengths', { rawHeaders: ['Host', 'h', 'Content-Length', '1', 'Content-Length', '1'] }, 'framing'],
    ['a length that is no number', { rawHeaders: ['Host', 'h', 'Content-Length', '+1'] }, 'framing'],
    [
      'a length beyond what a number holds',
      { rawHeaders: ['Host', 'h', 'Content-Length', '9007199254740993'] },
      'framing',
    ],
    [
      'a length and a coding',
      { rawHeaders: ['Host', 'h', 'Content-Length', '1', 'Transfer-Encoding', 'chunked'] },
      'framing',
    ],
    ['chunked', { rawHeaders: ['Host', 'h', 'Transfer-Encoding', 'chunked'] }, undefined],
    ['chunked in any case', { rawHeaders: ['Host', 'h', 'transfer-encoding', 'Chunked'] }, undefined],
    ['another coding', { rawHeaders: ['Host', 'h', 'Transfer-Encoding', 'gzip, chunked'] }, 'framing'],
    [
      'chunked twice',
      { rawHeaders: ['Host', 'h', 'Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'] },
      'framing',
    ],
    [
      'chunked from HTTP/1.0',
      { httpVersion: '1.0', rawHeaders: ['Host', 'h', 'Transfer-Encoding', 'chunked'] },
      'framing',
    ],
    ['an authority-form target', { url: 'example.org:80' }, 'target'],
    ['* for anything but OPTIONS', { url: '*' }, 'target'],
    ['a tab in the target', { url: '/a\tb' }, 'target'],
    ['another scheme', { url: 'ftp://example.org/' }, 'target'],
    ['a target whose host is none', { url: 'http://a b/' }, 'target'],
    ['credentials in the target', { url: 'http://u@example.org/' }, 'target'],
  ])('%s', (_name, over, fault) => {
    expect(requestFault(request(over))).toBe(fault);
  });
});

describe('requestTarget', () => {
  it.each([
    ['/a//b/../%2e?x=//y', { path: '/a//b/../%2e?x=//y' }],
    ['//evil.example/path', { path: '//evil.example/path' }],
    [String.raw`/\evil`, { path: String.raw`/\evil` }],
    ['http://example.org', { host: 'example.org', path: '/' }],
    ['http://example.org:8080/a?b', { host: 'example.org:8080', path: '/a?b' }],
    ['http://example.org?b', { host: 'example.org', path: '/?b' }],
  ])('%s goes on to the letter', (url, target) => {
    expect(requestTarget({ url, method: 'GET' })).toEqual(target);
  });
});

describe('requestFraming', () => {
  it.each([
    [[], { kind: 'none' }],
    [['Content-Length', '05'], { kind: 'length', length: '05' }],
    [['transfer-encoding', 'Chunked'], { kind: 'chunked' }],
  ])('of %j', (lines, framing) => {
    expect(requestFraming(request({ rawHeaders: lines }))).toEqual(framing);
  });
});
