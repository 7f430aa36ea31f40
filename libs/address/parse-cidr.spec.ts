import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCidr } from './format-cidr.js';
import { parseCidr } from './parse-cidr.js';

describe('parseCidr', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.0.0.1', '10.0.0.1/32'],
    ['10.0.0.1/32', '10.0.0.1/32'],
    ['192.168.128.0/17', '192.168.128.0/17'],
    ['2001:db8::/32', '2001:db8::/32'],
    ['2001:DB8::1', '2001:db8::1/128'],
    ['::/0', '::/0'],
    ['8000::/1', '8000::/1'],
    ['2001:db8:0:0:8000::/65', '2001:db8:0:0:8000::/65'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
    ['::ffff:10.0.0.1', '10.0.0.1/32'],
    ['::fffe:0:0/95', '::fffe:0:0/95'],
  ])('reads %s as %s', (text, canonical) => {
    expect(formatCidr(parseCidr(text)!)).toBe(canonical);
  });

  it.each([
    ['host bits', '10.0.0.1/8'],
    ['a host bit just after the prefix', '192.168.128.0/16'],
    ['a host bit at the far end', '2001:db8::1/127'],
    ['host bits in the first word', '2001:db9::/31'],
    ['host bits in the second word', '2001:db8:0:1::/63'],
    ['a v4-mapped address with less than its prefix', '::ffff:0:0/95'],
    ['a network mask', '10.0.0.0/255.0.0.0'],
    ['a prefix over 32', '10.0.0.0/33'],
    ['a prefix over 128', '2001:db8::/129'],
    ['a leading zero in the prefix', '10.0.0.0/08'],
    ['a negative prefix', '10.0.0.0/-8'],
    ['an empty prefix', '10.0.0.0/'],
    ['two prefixes', '10.0.0.0/8/8'],
    ['a space', '10.0.0.0 /8'],
    ['no address', '/8'],
    ['a short form', '10/8'],
    ['nothing', ''],
    ['a zone id', 'fe80::1%eth0'],
    ['a zone id with a prefix', 'fe80::%eth0/64'],
    ['very long text', `10.0.0.0/${'8'.repeat(1_000_000)}`],
  ])('refuses %s', (_, text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it('never throws, and reads back what formatCidr writes', () => {
    const nearCidr = fc.string({
      unit: fc.constantFrom(':', '::', '.', '0', '1', '32', '/', '%', 'f', '-'),
      maxLength: 16,
    });
    fc.assert(
      fc.property(fc.oneof(nearCidr, fc.string({ unit: 'binary' })), (text) => {
        const cidr = parseCidr(text);
        expect(cidr && parseCidr(formatCidr(cidr))).toEqual(cidr);
      }),
      { numRuns: 2000 },
    );
  });
});
