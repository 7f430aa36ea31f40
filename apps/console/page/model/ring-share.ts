/** How much of the ring is full, 0 to 1; a length that nobody knows counts from what is left. */
export function ringShare(leftMs: number, lastsMs: number): number {
  if (!(leftMs > 0)) return 0;
  return lastsMs > leftMs ? leftMs / lastsMs : 1;
}
