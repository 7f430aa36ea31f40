import { compareIds } from './compare-ids.js';
import type { TrailEntry } from './trail.js';

/**
 * The newest `count` of what each of some trails has given, newest first; together with all of the last one's id, which
 * entries of several trails may have, so that to ask for what is before it leaves none out.
 */
export function newestEntries(entries: readonly TrailEntry[], count: number): TrailEntry[] {
  const all = entries.toSorted((x, y) => compareIds(y.id, x.id));
  const last = all[count - 1];
  return last === undefined ? all : all.filter(({ id }) => compareIds(id, last.id) >= 0);
}
