const WORD_BITS = 32;

/** The mask that a prefix of `prefixLength` bits lays on the 32-bit word whose first bit is `firstBit`. */
export function prefixMask(prefixLength: number, firstBit: 0 | 32 | 64 | 96): number {
  const bits = prefixLength - firstBit;
  if (bits <= 0) return 0;
  // A shift by 32 is a shift by 0 in JavaScript.
  return bits >= WORD_BITS ? 0xffffffff : (0xffffffff << (WORD_BITS - bits)) >>> 0;
}
