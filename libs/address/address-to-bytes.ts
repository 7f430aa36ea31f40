import type { Address } from './address.js';

const BYTES = 16;
const WORD = 4;

/** The 16 bytes of an address in network byte order, an IPv4 address v4-mapped: what addressFromBytes reads. */
export function addressToBytes({ a, b, c, d }: Address): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  for (const [i, word] of [a, b, c, d].entries()) {
    for (let at = 0; at < WORD; at += 1) bytes[i * WORD + at] = word >>> (8 * (WORD - 1 - at));
  }
  return bytes;
}
