import { describe, expect, it } from 'vitest';
import { headerObject, HeaderLines } from './header-fields.js';
import { type Origin, requestHeaders as linesOf, requestTrailers } from './request-headers.js';

const stranger = { peer: '203.0.113.7', trusted: false };
const proxy = { peer: '10.0.0.1', trusted: true };
const set = { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'http', 'X-Forwarded-Host': 'example.org' };
const raw = (fields: object): string[] => Object.entries(fields).flat() as string[];
const host = ['Host', 'example.org'];
const requestHeaders = (lines: readonly string[], origin: Origin) =>
  headerObject(linesOf(new HeaderLines(lines), origin));

const forged = {
  'x-forwarded-for': '127.0.0.1',
  'X-Forwarded-Proto': 'https',
  'X-FORWARDED-HOST': 'internal',
  'x-forwarded-port': '1',
  'X-Real-IP': '127.0.0.1',
  'True-Client-IP': '127.0.0.1',
  Forwarded: 'for=127.0.0.1',
  x_forwarded_for: '127.0.0.1',
  X_Real_IP: '127.0.0.1',
};

describe('requestHeaders', () => {
  it('keeps Host and what is end-to-end, in case and order, and sets X-Forwarded-*', () => {
    const headers = { cOOkie: 'a=b', Host: 'example.org', 'user-Agent': 'x' };
    const kept = requestHeaders(raw(headers), stranger);
    expect(kept).toEqual({ ...headers, ...set });
    expect(Object.keys(kept)).toEqual([...Object.keys(headers), ...Object.keys(set)]);
  });

  it('keeps every line of a repeated field', () => {
    const lines = ['Accept', 'a', 'X-One', '1', 'accept', 'b', 'Authorization', 'x', 'authorization', 'y'];
    expect(requestHeaders([...host, ...lines], stranger)).toEqual({
      Host: 'example.org',
      Accept: ['a', 'b'],
      'X-One': '1',
      Authorization: ['x', 'y'],
      ...set,
    });
  });

  it('believes no forwarding field of a stranger, in whatever spelling', () => {
    expect(requestHeaders([...host, ...raw(forged)], stranger)).toEqual({ Host: 'example.org', ...set });
  });

  it('adds a trusted proxy to the list, and keeps what it says of protocol and host', () => {
    const given = { 'X-Forwarded-For': '198.51.100.1', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'public' };
    expect(requestHeaders(['Host', 'h', 'x-forwarded-for', '192.0.2.1', ...raw(given)], proxy)).toEqual({
      Host: 'h',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'public',
      'X-Forwarded-For': '192.0.2.1, 198.51.100.1, 10.0.0.1',
    });
  });

  it('strips hop-by-hop fields, and those that any line of Connection names', () => {
    const headers = {
      Connection: 'keep-alive, X-Secret',
      'Keep-Alive': 'timeout=5',
      'Proxy-Connection': 'keep-alive',
      'Proxy-Authorization': 'Basic x',
      'Transfer-Encoding': 'chunked',
      TE: 'gzip',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'x',
      'x-secret': '1',
      'x-other': '2',
    };
    const lines = [...host, ...raw(headers), 'connection', 'X-Other'];
    expect(requestHeaders(lines, stranger)).toEqual({ Host: 'example.org', ...set });
  });

  it('does not let Connection take away Host, or the fields set here', () => {
    const lines = [...host, 'Connection', 'host, x-forwarded-for'];
    expect(requestHeaders(lines, stranger)).toEqual({ Host: 'example.org', ...set });
  });

  it('leaves the framing to the forwarder', () => {
    const lines = [...host, 'Content-Length', '3', 'Expect', '100-continue'];
    expect(requestHeaders(lines, stranger)).toEqual({ Host: 'example.org', ...set });
  });

  it('asks for trailers anew where the client takes them', () => {
    expect(requestHeaders([...host, 'te', 'deflate, trailers'], stranger)['TE']).toBe('trailers');
  });

  it('takes the host of an absolute-form target', () => {
    const headers = requestHeaders(['Host', 'other'], { ...stranger, host: 'example.org' });
    expect([headers['Host'], headers['X-Forwarded-Host']]).toEqual(['example.org', 'example.org']);
  });

  it('has no field named like the prototype of an object', () => {
    expect(requestHeaders([...host, '__proto__', 'x'], stranger)).toEqual({ Host: 'example.org', ...set });
  });
});

describe('requestTrailers', () => {
  it('keeps what may come after a body, and nothing that must come before it or that a stranger may not say', () => {
    const fields = {
      'X-Sum': '1',
      'Transfer-Encoding': 'chunked',
      'Content-Length': '1',
      Host: 'x',
      Cookie: 'a',
      '': 'x',
    };
    expect(requestTrailers(raw({ ...fields, ...forged }), false)).toEqual([['X-Sum', '1']]);
  });
});
