import { BlockList } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Address } from './address.js';
import type { Cidr } from './cidr.js';
import { cidrContains } from './cidr-contains.js';
import { formatAddress } from './format-address.js';
import { formatCidr } from './format-cidr.js';
import { isIPv4 } from './is-ipv4.js';
import { parseAddress } from './parse-address.js';
import { parseCidr } from './parse-cidr.js';
import { prefixMask } from './prefix-mask.js';

const family = (address: Address) => (isIPv4(address) ? 'ipv4' : 'ipv6');

function blockAround({ a, b, c, d }: Address, prefixLength: number): Cidr {
  const network = {
    a: (a & prefixMask(prefixLength, 0)) >>> 0,
    b: (b & prefixMask(prefixLength, 32)) >>> 0,
    c: (c & prefixMask(prefixLength, 64)) >>> 0,
    d: (d & prefixMask(prefixLength, 96)) >>> 0,
  };
  return { network, prefixLength };
}

function flipBit(address: Address, bit: number): Address {
  const word = (['a', 'b', 'c', 'd'] as const)[bit >>> 5]!;
  return { ...address, [word]: (address[word] ^ (1 << (31 - (bit & 31)))) >>> 0 };
}

const anyAddress = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => parseAddress(text)!);

describe('cidrContains', () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '9.255.255.255', false],
    ['128.0.0.0/1', '255.0.0.1', true],
    ['128.0.0.0/1', '127.255.255.255', false],
    ['0.0.0.0/0', '203.0.113.7', true],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['::1', '::1', true],
    ['::1', '::2', false],
    // The families are apart.
    ['::/0', '2001:db8::1', true],
    ['::/0', '10.0.0.1', false],
    ['::/80', '10.0.0.1', false],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['0.0.0.0/0', '::1', false],
  ])('%s contains %s: %s', (cidr, address, expected) => {
    expect(cidrContains(parseCidr(cidr)!, parseAddress(address)!)).toBe(expected);
  });

  it('agrees with the BlockList of node:net within a family', () => {
    const cases = fc.tuple(anyAddress, fc.nat({ max: 128 }), fc.nat({ max: 127 }));
    fc.assert(
      fc.property(cases, ([member, prefixLength, bit]) => {
        const cidr = blockAround(member, prefixLength);
        fc.pre(isIPv4(cidr.network) === isIPv4(member));
        const other = flipBit(member, bit);
        fc.pre(isIPv4(other) === isIPv4(member));
        const [network, length] = formatCidr(cidr).split('/');
        const oracle = new BlockList();
        oracle.addSubnet(network!, Number(length), family(cidr.network));
        expect(cidrContains(cidr, member)).toBe(true);
        expect(cidrContains(cidr, other)).toBe(oracle.check(formatAddress(other), family(other)));
      }),
      { numRuns: 2000 },
    );
  });
});
