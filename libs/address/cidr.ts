import type { Address } from './address.js';

/**
 * An address block (RFC 4632; RFC 4291, 2.3). No bit of `network` after the prefix is set.
 */
export interface Cidr {
  readonly network: Address;
  /** Of the 128 bits that `network` has: the /8 of 10.0.0.0/8 is 104 here. */
  readonly prefixLength: number;
}

/** What a v4-mapped address has before its IPv4 bits. */
export const V4_PREFIX_LENGTH = 96;
