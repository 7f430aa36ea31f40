import { scryptSync } from 'node:crypto';
import { doorIdentity, type KnockDoor } from '#knock';

/** 16 MB and some 40 ms on one core: as much for each guess. */
const COST = { N: 2 ** 14, r: 8, p: 1 } as const;
const BYTES = 16;

/**
 * What keys in Redis call a door, so that listeners whose configs differ there do not mix their attempts. It is the same
 * on all hosts, with no secret but the door itself.
 * SECURITY: made slowly, for who reads Redis can try sequences by it: three random ports are beyond that, a guessable
 * sequence is not.
 */
export function doorId(door: KnockDoor): string {
  return scryptSync(doorIdentity(door), `knockgate attempts ${door.name}`, BYTES, COST).toString('hex');
}
