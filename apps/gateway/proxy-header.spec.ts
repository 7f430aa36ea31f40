import { describe, expect, it } from 'vitest';
import { proxyHeader, type ProxyRoute } from './proxy-header.js';

const route = (source: string, destination: string): ProxyRoute => ({
  source: { ip: source, port: 56324 },
  destination: { ip: destination, port: 443 },
});
const V4 = route('192.0.2.1', '198.51.100.2');
const V6 = route('2001:db8::1', '2001:db8::2');
const MIXED = route('192.0.2.1', '2001:db8::2');
const SIGNATURE = '0d0a0d0a000d0a515549540a';

describe('proxyHeader', () => {
  it.each([
    ['IPv4', V4, 'PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n'],
    ['IPv6', V6, 'PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n'],
    [
      'v4-mapped ends',
      route('::ffff:192.0.2.1', '::ffff:198.51.100.2'),
      'PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n',
    ],
    ['two families', MIXED, 'PROXY TCP6 ::ffff:c000:201 2001:db8::2 56324 443\r\n'],
    ['a zone', route('fe80::1%eth0', 'fe80::2'), 'PROXY TCP6 fe80::1 fe80::2 56324 443\r\n'],
  ])('v1, %s', (_name, ends, line) => {
    expect(proxyHeader('v1', ends).toString('latin1')).toBe(line);
  });

  it('v1 is never longer than its 107 bytes', () => {
    const longest = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
    const ends = { source: { ip: longest, port: 65535 }, destination: { ip: longest, port: 65535 } };
    expect(proxyHeader('v1', ends).length).toBeLessThanOrEqual(107);
  });

  it.each([
    ['IPv4', V4, '2111000c', 'c0000201c6336402'],
    ['IPv6', V6, '21210024', '20010db800000000000000000000000120010db8000000000000000000000002'],
    ['two families', MIXED, '21210024', '00000000000000000000ffffc000020120010db8000000000000000000000002'],
  ])('v2, %s', (_name, ends, head, addresses) => {
    expect(proxyHeader('v2', ends).toString('hex')).toBe(`${SIGNATURE}${head}${addresses}dc0401bb`);
  });

  it('refuses what is no address', () => {
    expect(() => proxyHeader('v1', route('192.0.2.1\r\n', '192.0.2.2'))).toThrow(TypeError);
  });
});
