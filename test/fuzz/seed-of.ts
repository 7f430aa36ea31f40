/** A number that hangs on these bytes alone (FNV-1a): what a target draws for an input, it draws again for the same one. */
export function seedOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
