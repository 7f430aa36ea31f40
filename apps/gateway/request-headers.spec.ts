import { describe, expect, it } from 'vitest';
import { requestHeaders as fromRaw, requestTrailers, type Origin } from './request-headers.js';

/** Given and answered as objects: the order is not what these are about. */
function requestHeaders(headers: Record<string, string>, origin: Origin): Record<string, unknown> {
  const kept = fromRaw(Object.entries(headers).flat(), origin);
  return Object.fromEntries(Object.entries(kept).map(([name, value]) => [name.toLowerCase(), value]));
}

const stranger = { peer: '203.0.113.7', trusted: false };
const proxy = { peer: '10.0.0.1', trusted: true };
const set = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'example.org' };

describe('requestHeaders', () => {
  it('keeps Host and what is end-to-end, and sets X-Forwarded-*', () => {
    const headers = { host: 'example.org', cookie: 'a=b', 'user-agent': 'x' };
    expect(requestHeaders(headers, stranger)).toEqual({ ...headers, ...set });
  });

  it('believes no forwarding field of a stranger, in whatever spelling', () => {
    const forged = {
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'internal',
      'x-forwarded-port': '1',
      'x-real-ip': '127.0.0.1',
      'true-client-ip': '127.0.0.1',
      forwarded: 'for=127.0.0.1',
      x_forwarded_for: '127.0.0.1',
      x_real_ip: '127.0.0.1',
    };
    expect(requestHeaders({ host: 'example.org', ...forged }, stranger)).toEqual({ host: 'example.org', ...set });
  });

  it('adds a trusted proxy to the list, and keeps what it says of protocol and host', () => {
    const given = { 'x-forwarded-for': '198.51.100.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'public' };
    expect(requestHeaders({ host: 'h', ...given }, proxy)).toEqual({
      host: 'h',
      ...given,
      'x-forwarded-for': '198.51.100.1, 10.0.0.1',
    });
  });

  it('strips hop-by-hop fields, and those that Connection names', () => {
    const headers = {
      host: 'example.org',
      connection: 'keep-alive, X-Secret',
      'keep-alive': 'timeout=5',
      'proxy-connection': 'keep-alive',
      'proxy-authorization': 'Basic x',
      'transfer-encoding': 'chunked',
      te: 'gzip',
      upgrade: 'h2c',
      'http2-settings': 'x',
      'x-secret': '1',
    };
    expect(requestHeaders(headers, stranger)).toEqual({ host: 'example.org', ...set });
  });

  it('does not let Connection take away Host, the length, or the fields set here', () => {
    const headers = { host: 'example.org', 'content-length': '3', connection: 'host, content-length, x-forwarded-for' };
    expect(requestHeaders(headers, stranger)).toEqual({ host: 'example.org', 'content-length': '3', ...set });
  });

  it('asks for trailers anew where the client takes them', () => {
    expect(requestHeaders({ host: 'h', te: 'deflate, trailers' }, stranger).te).toBe('trailers');
  });

  it('takes the host of an absolute-form target', () => {
    const headers = requestHeaders({ host: 'other' }, { ...stranger, host: 'example.org' });
    expect([headers.host, headers['x-forwarded-host']]).toEqual(['example.org', 'example.org']);
  });
});

describe('requestTrailers', () => {
  it('drops what a header must not say either, or what was to be known before the body', () => {
    const raw = [
      'X-Checksum',
      '1',
      'X-Forwarded-For',
      '127.0.0.1',
      'Content-Length',
      '9',
      'Host',
      'h',
      'Connection',
      'x',
    ];
    expect(requestTrailers(raw, false)).toEqual([['X-Checksum', '1']]);
  });
});
