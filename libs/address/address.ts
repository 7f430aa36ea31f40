/**
 * An IP address as 128 bits: four unsigned 32-bit words, most significant first.
 * An IPv4 address is kept v4-mapped (RFC 4291, 2.5.5.2: a=0, b=0, c=0xffff, d=the address), so a client has one value
 * whether it came over an IPv4 socket or a dual-stack one.
 */
export interface Address {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/** The third word of every v4-mapped address. */
export const V4_MAPPED = 0xffff;
