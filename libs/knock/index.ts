// Decides which packets of a source open a door. Pure: packets and the time come in, outcomes go out.
export type { FlagRule, KnockDoor, Protocol, Step } from './door.js';
