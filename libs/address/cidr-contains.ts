import type { Address } from './address.js';
import type { Cidr } from './cidr.js';
import { isIPv4 } from './is-ipv4.js';
import { prefixMask } from './prefix-mask.js';

/**
 * True if the address is in the block. The families are apart: an IPv4 block contains no IPv6 address, and an IPv6 block
 * no IPv4 address, although v4-mapped bits would lie in it. So `::/0` is "any IPv6" and does not contain 10.0.0.1: who
 * trusts everyone writes `0.0.0.0/0` too.
 */
export function cidrContains({ network, prefixLength }: Cidr, address: Address): boolean {
  if (isIPv4(network) !== isIPv4(address)) return false;
  return (
    ((address.d ^ network.d) & prefixMask(prefixLength, 96)) === 0 &&
    ((address.c ^ network.c) & prefixMask(prefixLength, 64)) === 0 &&
    ((address.b ^ network.b) & prefixMask(prefixLength, 32)) === 0 &&
    ((address.a ^ network.a) & prefixMask(prefixLength, 0)) === 0
  );
}
