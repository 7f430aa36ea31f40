import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proxyHeader, type ProxyRoute } from './proxy-header.js';
import { readProxyHeader } from './read-proxy-header.js';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const text = (line: string): Buffer => Buffer.from(line, 'latin1');
const binary = (hex: string): Buffer => Buffer.from(SIGNATURE + hex.replaceAll(' ', ''), 'hex');
const V4: ProxyRoute = { source: { ip: '192.0.2.1', port: 5000 }, destination: { ip: '192.0.2.2', port: 22 } };

describe('readProxyHeader', () => {
  it.each([
    ['IPv4', 'PROXY TCP4 192.0.2.1 192.0.2.2 5000 22\r\n', V4],
    ['IPv6', 'PROXY TCP6 2001:DB8:0:0::1 ::1 1 0\r\n', ['2001:db8::1', '::1', 1, 0]],
    ['v4-mapped', 'PROXY TCP6 ::ffff:192.0.2.1 ::ffff:c000:202 5000 22\r\n', V4],
    ['UNKNOWN', 'PROXY UNKNOWN\r\n', undefined],
    ['UNKNOWN with more', 'PROXY UNKNOWN ffff::1 what ever\r\n', undefined],
  ])('v1, %s', (_name, line, ends) => {
    const route = Array.isArray(ends) ? routeOf(ends as [string, string, number, number]) : ends;
    expect(readProxyHeader(text(`${line}SSH-2.0`))).toEqual({ kind: 'header', length: line.length, route });
  });

  it.each([
    ['IPv4', '21 11 000c c0000201 c0000202 1388 0016', V4],
    ['IPv6', `21 21 0024 20010db8${'00'.repeat(11)}01 ${'00'.repeat(15)}01 0001 0000`, ['2001:db8::1', '::1', 1, 0]],
    ['v4-mapped', `21 21 0024 ${'00'.repeat(10)}ffffc0000201 ${'00'.repeat(10)}ffffc0000202 1388 0016`, V4],
    ['extensions', '21 11 000f c0000201 c0000202 1388 0016 040000', V4],
    ['LOCAL', '20 00 0000', undefined],
    ['LOCAL with addresses', '20 11 000c c0000201 c0000202 1388 0016', undefined],
    ['AF_UNSPEC', '21 00 0000', undefined],
  ])('v2, %s', (_name, hex, ends) => {
    const route = Array.isArray(ends) ? routeOf(ends as [string, string, number, number]) : ends;
    const header = binary(hex);
    expect(readProxyHeader(Buffer.concat([header, text('SSH-2.0')]))).toEqual({
      kind: 'header',
      length: header.length,
      route,
    });
  });

  it.each([
    ['another protocol', text('SSH-2.0-OpenSSH\r\n')],
    ['a request', text('GET / HTTP/1.1\r\n')],
    ['lower case', text('proxy TCP4 192.0.2.1 192.0.2.2 5000 22\r\n')],
    ['another family', text('PROXY UDP4 192.0.2.1 192.0.2.2 5000 22\r\n')],
    ['no family', text('PROXY \r\n')],
    ['IPv6 as TCP4', text('PROXY TCP4 ::1 ::1 5000 22\r\n')],
    ['IPv4 as TCP6', text('PROXY TCP6 192.0.2.1 192.0.2.2 5000 22\r\n')],
    ['a zone', text('PROXY TCP6 fe80::1%eth0 fe80::2 5000 22\r\n')],
    ['an octal address', text('PROXY TCP4 0192.0.2.1 192.0.2.2 5000 22\r\n')],
    ['a port too large', text('PROXY TCP4 192.0.2.1 192.0.2.2 65536 22\r\n')],
    ['a port with a zero in front', text('PROXY TCP4 192.0.2.1 192.0.2.2 05000 22\r\n')],
    ['two spaces', text('PROXY TCP4  192.0.2.1 192.0.2.2 5000 22\r\n')],
    ['a part too much', text('PROXY TCP4 192.0.2.1 192.0.2.2 5000 22 1\r\n')],
    ['a part too few', text('PROXY TCP4 192.0.2.1 192.0.2.2 5000\r\n')],
    ['a line end alone', text('PROXY TCP4 192.0.2.1 192.0.2.2 5000 22\n'.padEnd(107))],
    ['no line end within 107 bytes', text('PROXY UNKNOWN '.padEnd(107, 'x'))],
    ['a line end just too late', text(`${'PROXY UNKNOWN '.padEnd(106, 'x')}\r\n`)],
    ['version 1 in binary', binary('11 11 000c c0000201 c0000202 1388 0016')],
    ['another command', binary('22 11 000c c0000201 c0000202 1388 0016')],
    ['UDP', binary('21 12 000c c0000201 c0000202 1388 0016')],
    ['a Unix socket', binary(`21 31 00d8 ${'00'.repeat(216)}`)],
    ['addresses cut short', binary('21 11 000b c0000201 c0000202 1388 00')],
    ['more than 4 KiB', binary('21 11 1001')],
  ])('refuses %s', (_name, bytes) => {
    expect(readProxyHeader(bytes)).toEqual({ kind: 'malformed' });
  });

  it('says unfinished of each beginning, and takes the whole', () => {
    const headers = [
      proxyHeader('v1', V4),
      proxyHeader('v2', V4),
      binary('21 11 0010 c0000201 c0000202 1388 0016 04000100'),
    ];
    for (const header of headers) {
      for (let length = 0; length < header.length; length += 1) {
        expect(readProxyHeader(header.subarray(0, length)), `${length} bytes`).toEqual({ kind: 'unfinished' });
      }
      expect(readProxyHeader(header)).toEqual({ kind: 'header', length: header.length, route: V4 });
    }
  });

  it('reads what proxyHeader writes', () => {
    const port = fc.integer({ min: 0, max: 65_535 });
    const ends = (ip: fc.Arbitrary<string>) => fc.record({ ip, port });
    const v4 = fc.ipV4();
    const v6 = fc
      .tuple(...Array.from({ length: 7 }, () => fc.integer({ min: 0, max: 0xffff })))
      .map((groups) => `2001:${groups.map((group) => group.toString(16)).join(':')}`);
    fc.assert(
      fc.property(fc.constantFrom('v1', 'v2'), ends(fc.oneof(v4, v6)), ends(fc.oneof(v4, v6)), (version, a, b) => {
        const header = proxyHeader(version, { source: a, destination: b });
        const read = readProxyHeader(header);
        expect(read).toMatchObject({ kind: 'header', length: header.length });
        if (read.kind !== 'header' || read.route === undefined) throw new Error('no route');
        expect(proxyHeader(version, read.route)).toEqual(header);
        expect([read.route.source.port, read.route.destination.port]).toEqual([a.port, b.port]);
      }),
    );
  });

  it('never throws', () => {
    const beginning = fc.constantFrom(Buffer.alloc(0), text('PROXY '), binary(''), binary('21'));
    fc.assert(
      fc.property(beginning, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
        expect(['unfinished', 'malformed', 'header']).toContain(readProxyHeader(Buffer.concat([start, rest])).kind);
      }),
    );
  });
});

function routeOf([source, destination, sourcePort, destinationPort]: [string, string, number, number]): ProxyRoute {
  return { source: { ip: source, port: sourcePort }, destination: { ip: destination, port: destinationPort } };
}
