import type { Source } from './api-types.js';

/** Lists by door; the list of a door in which nothing changes stays the same object, so that its card is not drawn again. */
export type ByDoor<T extends Source> = ReadonlyMap<string, readonly T[]>;

export interface DoorChanges<T extends Source> {
  /** New, or instead of the one with the same door and IP. */
  readonly put: readonly T[];
  readonly gone: readonly Source[];
}

/** What is new comes first; what is changed stays at its place, so that no button moves from under a hand. */
export function changeByDoor<T extends Source>(lists: ByDoor<T>, { put, gone }: DoorChanges<T>): ByDoor<T> {
  if (put.length === 0 && gone.length === 0) return lists;
  const changed = new Map(lists);
  for (const door of new Set([...gone, ...put].map((each) => each.door))) {
    const list = changeList(lists.get(door) ?? [], {
      put: put.filter((each) => each.door === door),
      gone: gone.filter((each) => each.door === door),
    });
    changed.set(door, list);
  }
  return changed;
}

/** A grant that ended and came anew within one message is both gone and put: what is put counts. */
function changeList<T extends Source>(list: readonly T[], { put, gone }: DoorChanges<T>): readonly T[] {
  const fresh = new Map(put.map((each) => [each.ip, each]));
  const left = new Set(gone.map(({ ip }) => ip).filter((ip) => !fresh.has(ip)));
  if (fresh.size === 0 && !list.some(({ ip }) => left.has(ip))) return list;
  const kept = list.filter(({ ip }) => !left.has(ip)).map((each) => take(fresh, each.ip) ?? each);
  return [...fresh.values()].toReversed().concat(kept);
}

function take<T>(map: Map<string, T>, key: string): T | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}
