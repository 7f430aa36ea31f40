import type { DoorFields, DoorKey } from './door-schema.js';
import type { ListenAddress } from './listen-address.js';
import type { Parsed } from './parsed.js';
import type { Place } from './place.js';

/** A door as far as it is said: what has a place but no value is said wrongly, and its fault is told. */
export interface DoorDraft {
  readonly name: string;
  readonly place: Place;
  readonly fields: Fields;
  readonly places: ReadonlyMap<DoorKey, Place>;
  /** The addresses that the door's start_command opens; asked only if no `listen` is said. */
  readonly opens?: { readonly place: Place; readonly listen: Parsed<readonly ListenAddress[]> };
}

export type Fields = { readonly [K in DoorKey]?: DoorFields[K] | undefined };

/** The place of a key, or the door's own if the key is not said. */
export function placeOf(draft: DoorDraft, key: DoorKey): Place {
  return draft.places.get(key) ?? draft.place;
}
