import { isIPv4 as nodeIsIPv4, isIPv6 as nodeIsIPv6 } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from './parse-address.js';

const v4 = (d: number) => ({ a: 0, b: 0, c: 0xffff, d });

describe('parseAddress', () => {
  it.each([
    ['0.0.0.0', v4(0)],
    ['1.2.3.4', v4(0x01020304)],
    ['203.0.113.7', v4(0xcb007107)],
    ['255.255.255.255', v4(0xffffffff)],
    ['::ffff:1.2.3.4', v4(0x01020304)],
    ['::FFFF:102:304', v4(0x01020304)],
    ['0:0:0:0:0:ffff:1.2.3.4', v4(0x01020304)],
    ['::', { a: 0, b: 0, c: 0, d: 0 }],
    ['::1', { a: 0, b: 0, c: 0, d: 1 }],
    ['1::', { a: 0x10000, b: 0, c: 0, d: 0 }],
    ['::1.2.3.4', { a: 0, b: 0, c: 0, d: 0x01020304 }],
    ['64:ff9b::192.0.2.33', { a: 0x0064ff9b, b: 0, c: 0, d: 0xc0000221 }],
    ['2001:db8::8:800:200C:417A', { a: 0x20010db8, b: 0, c: 0x00080800, d: 0x200c417a }],
    ['1:2:3:4:5:6:7::', { a: 0x00010002, b: 0x00030004, c: 0x00050006, d: 0x00070000 }],
    ['::2:3:4:5:6:7:8', { a: 0x00000002, b: 0x00030004, c: 0x00050006, d: 0x00070008 }],
    ['fe80::1%eth0', { a: 0xfe800000, b: 0, c: 0, d: 1 }],
    ['fe80::1%3', { a: 0xfe800000, b: 0, c: 0, d: 1 }],
    ['::ffff:127.0.0.1%br-abc.100', v4(0x7f000001)],
    [
      'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255',
      { a: 2 ** 32 - 1, b: 2 ** 32 - 1, c: 2 ** 32 - 1, d: 2 ** 32 - 1 },
    ],
    [
      'ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%enp0s31f6.4094a',
      { a: 2 ** 32 - 1, b: 2 ** 32 - 1, c: 2 ** 32 - 1, d: 2 ** 32 - 1 },
    ],
  ])('reads %s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    ['nothing', ''],
    ['a name', 'localhost'],
    ['octal', '010.0.0.1'],
    ['a leading zero', '10.0.0.01'],
    ['hexadecimal', '0x7f.0.0.1'],
    ['a short form', '127.1'],
    ['one number', '2130706433'],
    ['five octets', '1.2.3.4.5'],
    ['an empty octet', '1..3.4'],
    ['an octet over 255', '1.2.3.256'],
    ['a trailing dot', '1.2.3.4.'],
    ['a sign', '+1.2.3.4'],
    ['an exponent', '1e1.2.3.4'],
    ['a space before', ' 1.2.3.4'],
    ['a newline after', '1.2.3.4\n'],
    ['digits of another script', '١.٢.٣.٤'],
    ['a port', '1.2.3.4:80'],
    ['a prefix', '10.0.0.0/8'],
    ['a zone on IPv4', '1.2.3.4%eth0'],
    ['a single colon', ':'],
    ['three colons', ':::'],
    ['two gaps', '1::2::3'],
    ['a gap for no group', '1:2:3:4:5:6:7::8'],
    ['seven groups', '1:2:3:4:5:6:7'],
    ['nine groups', '1:2:3:4:5:6:7:8:9'],
    ['a leading colon', ':1:2:3:4:5:6:7:8'],
    ['a trailing colon', '1:2:3:4:5:6:7:8:'],
    ['five digits', '::12345'],
    ['no hexadecimal digit', '::g'],
    ['IPv4 that is not last', '::1.2.3.4:5'],
    ['IPv4 before the gap', '1.2.3.4::'],
    ['IPv4 that is one group too many', '1:2:3:4:5:6:7:1.2.3.4'],
    ['bad embedded IPv4', '::ffff:1.2.3.04'],
    ['brackets', '[::1]'],
    ['an open bracket', '[::1'],
    ['an empty zone', 'fe80::1%'],
    ['two zones', 'fe80::1%a%b'],
    ['a prefix after the zone', 'fe80::1%eth0/64'],
    ['a space in the zone', 'fe80::1%eth 0'],
    ['a newline after the zone', 'fe80::1%eth0\n'],
    ['a zone without an address', '%eth0'],
    ['a longer zone than any interface name', `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%${'x'.repeat(16)}`],
    ['very long text', ':'.repeat(1_000_000)],
  ])('refuses %s', (_, text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  // Text near to an address finds more than free text does.
  const nearAddress = fc.string({
    unit: fc.constantFrom(':', ':', '::', '.', '0', '1', '25', 'f', 'ffff', '256', '%', '/', '[', ' '),
    maxLength: 18,
  });

  it('agrees with node:net about what an address is', () => {
    fc.assert(
      fc.property(fc.oneof(nearAddress, fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        fc.pre(!text.includes('%'));
        expect(parseAddress(text) !== undefined).toBe(nodeIsIPv4(text) || nodeIsIPv6(text));
      }),
      { numRuns: 5000 },
    );
  });

  it('never throws, and answers in unsigned 32-bit words', () => {
    fc.assert(
      fc.property(fc.oneof(nearAddress, fc.ipV6(), fc.string({ unit: 'binary' })), (text) => {
        const address = parseAddress(text);
        const words = Object.values(address ?? {});
        expect(words).toEqual(words.map((word) => word >>> 0));
      }),
      { numRuns: 2000 },
    );
  });
});
