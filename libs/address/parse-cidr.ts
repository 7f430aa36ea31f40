import type { Address } from './address.js';
import { type Cidr, V4_PREFIX_LENGTH } from './cidr.js';
import { parseAddress } from './parse-address.js';
import { prefixMask } from './prefix-mask.js';

const PREFIX = /^(?:0|[1-9][0-9]{0,2})$/;
const ADDRESS_BITS = 128;

/**
 * `10.0.0.0/8`, `2001:db8::/32`, or a bare address, which is a block of one. A v4-mapped block is the IPv4 one:
 * `::ffff:10.0.0.0/104` is 10.0.0.0/8. Undefined for anything else, also if a bit after the prefix is set (10.0.0.1/8
 * may be meant as one host or as a network) and with a zone id (ignored, it would widen the block to every interface).
 * Never throws.
 */
export function parseCidr(text: string): Cidr | undefined {
  if (text.includes('%')) return undefined;
  const slash = text.indexOf('/');
  if (slash === -1) return block(parseAddress(text), ADDRESS_BITS);
  const addressText = text.slice(0, slash);
  const prefixText = text.slice(slash + 1);
  if (!PREFIX.test(prefixText)) return undefined;
  // Dotted text counts its prefix in IPv4 bits, text with colons in those of IPv6.
  return block(parseAddress(addressText), Number(prefixText) + (addressText.includes(':') ? 0 : V4_PREFIX_LENGTH));
}

function block(network: Address | undefined, prefixLength: number): Cidr | undefined {
  if (network === undefined || prefixLength > ADDRESS_BITS || hasHostBits(network, prefixLength)) return undefined;
  return { network, prefixLength };
}

function hasHostBits({ a, b, c, d }: Address, prefixLength: number): boolean {
  return (
    ((d & ~prefixMask(prefixLength, 96)) |
      (c & ~prefixMask(prefixLength, 64)) |
      (b & ~prefixMask(prefixLength, 32)) |
      (a & ~prefixMask(prefixLength, 0))) !==
    0
  );
}
