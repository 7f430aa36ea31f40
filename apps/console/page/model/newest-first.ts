import type { TrailEvent } from './api-types.js';

/** Newest first, by the ids of Redis streams (`ms-seq`); of several doors by the name, where they are the same. */
export function newestFirst(x: TrailEvent, y: TrailEvent): number {
  const [xMs, xSeq] = partsOf(x.id);
  const [yMs, ySeq] = partsOf(y.id);
  return yMs - xMs || ySeq - xSeq || (x.door < y.door ? -1 : Number(x.door > y.door));
}

function partsOf(id: string): [number, number] {
  const [ms, seq = '0'] = id.split('-');
  return [Number(ms), Number(seq)];
}
