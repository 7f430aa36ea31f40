import { type DoorSettings, NO_UPSTREAM } from '#config';

/** A door as it is to be hidden: one that another daemon serves has no other way than `knockgate hide`'s. */
export function asHidden(door: DoorSettings): DoorSettings {
  return door.upstream === NO_UPSTREAM ? { ...door, hide: 'closed' } : door;
}
