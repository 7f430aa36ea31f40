import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayLab } from './gateway-lab.js';
import { HttpUpstream } from './http-upstream.js';
import { Peer } from './peer.js';

const REST = 'Host: door\r\nConnection: close\r\n\r\n';

let upstream: HttpUpstream;
let lab: GatewayLab;

beforeAll(async () => {
  upstream = await HttpUpstream.start();
  lab = await GatewayLab.start({ doors: { HTTP: { upstream: upstream.url } } });
  await lab.grant('HTTP');
});
beforeEach(() => upstream.reset());
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const exchange = (text: string): Promise<string> => Peer.exchange(lab.port('HTTP'), text);

describe('a path arrives to the letter', () => {
  it.each([
    '/',
    '//',
    '//a//b',
    '//evil.example/path',
    '///',
    '/a/../b/./c',
    '/../../etc/passwd',
    '/%2e%2e/%2E%2E/',
    '/..%2f..%5c',
    '/a?b?c=//d&e=http://x//y',
    '/?',
    '/a;b=c;d',
    '/%zz/%',
    '/%00',
    '/a%0d%0aX-Injected:%201',
    '/a\\b\\..\\c',
    '/{}|^`"<>',
    '/a#fragment',
    '/http://other.example/',
    '/*',
    '/a:80/b@c',
    '/[::1]/',
    `/${'x'.repeat(20_000)}`,
    `/?${'y=1&'.repeat(5000)}`,
  ])('%s', async (path) => {
    expect(await exchange(`GET ${path} HTTP/1.1\r\n${REST}`)).toContain('200 OK');
    expect(upstream.requests[0]!.url).toBe(path);
  });

  it('bytes beyond ASCII arrive as they are, or are refused', async () => {
    const got = await exchange(`GET /caf\xc3\xa9 HTTP/1.1\r\n${REST}`);
    expect(got).toMatch(/^HTTP\/1\.1 (?:200|400) /u);
    expect(upstream.requests.map(({ url }) => url)).toEqual(got.includes('200 OK') ? ['/caf\xc3\xa9'] : []);
  });
});

describe('the other forms of a target', () => {
  it.each([
    ['http://example.org/a//b?c', '/a//b?c', 'example.org'],
    ['http://example.org', '/', 'example.org'],
    ['http://example.org?x', '/?x', 'example.org'],
    ['HTTP://Example.org:8080/', '/', 'Example.org:8080'],
    ['https://example.org/', '/', 'example.org'],
    // at the next one url.parse, which http-proxy would use, throws
    ['http://xn--a/', '/', 'xn--a'],
    ['http://[2001:db8::1]:80/', '/', '[2001:db8::1]:80'],
  ])('%s goes on as %s, its host in place of the Host field', async (target, path, host) => {
    await exchange(`GET ${target} HTTP/1.1\r\n${REST}`);
    const { url, headers } = upstream.requests[0]!;
    expect([url, headers.host, headers['x-forwarded-host']]).toEqual([path, host, host]);
  });

  it('OPTIONS * goes on as it is', async () => {
    await exchange(`OPTIONS * HTTP/1.1\r\n${REST}`);
    expect(upstream.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['OPTIONS *']);
  });

  it.each([
    ['* for another method', `GET * HTTP/1.1\r\n${REST}`],
    ['an authority', `GET example.org:80 HTTP/1.1\r\n${REST}`],
    ['a path without a slash', `GET index.html HTTP/1.1\r\n${REST}`],
    ['another scheme', `GET ftp://example.org/ HTTP/1.1\r\n${REST}`],
    ['credentials', `GET http://user:secret@example.org/ HTTP/1.1\r\n${REST}`],
    ['a scheme alone', `GET http:/// HTTP/1.1\r\n${REST}`],
    ['a port that is none', `GET http://example.org:abc/ HTTP/1.1\r\n${REST}`],
    ['a host that is none', `GET http://exa<mple/ HTTP/1.1\r\n${REST}`],
    ['a space in the path', `GET /a b HTTP/1.1\r\n${REST}`],
    ['a tab in the path', `GET /a\tb HTTP/1.1\r\n${REST}`],
    ['NUL in the path', `GET /a\0b HTTP/1.1\r\n${REST}`],
    ['a bare CR in the path', `GET /a\rb HTTP/1.1\r\n${REST}`],
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['HTTP/2.0 in text', `GET / HTTP/2.0\r\n${REST}`],
    ['HTTP/1.2', `GET / HTTP/1.2\r\n${REST}`],
    ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
  ])('%s is refused, and reaches nobody', async (_name, text) => {
    expect(await exchange(text)).toMatch(/^(?:HTTP\/1\.1 400 Bad Request\r\n[^]*)?$/u);
    expect(upstream.connections).toBe(0);
  });
});
