import { type Address, V4_MAPPED } from './address.js';

const WORD = 4;

/**
 * The address at `offset`, in network byte order: 4 bytes for family 4, 16 for family 6. The caller has checked the
 * length. Sixteen bytes that hold a v4-mapped address give the same value as its four.
 */
export function addressFromBytes(bytes: Uint8Array, offset: number, family: 4 | 6): Address {
  if (family === 4) return { a: 0, b: 0, c: V4_MAPPED, d: word(bytes, offset) };
  return {
    a: word(bytes, offset),
    b: word(bytes, offset + WORD),
    c: word(bytes, offset + 2 * WORD),
    d: word(bytes, offset + 3 * WORD),
  };
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
