import type { Address } from '#address';
import type { KnockDoor } from './door.js';

/**
 * What a packet, or the passing of time, did to one source's attempt at one door. `stage` is knockd's: the number of
 * steps made, from 1 to the length of the sequence.
 */
export type Outcome =
  | { readonly kind: 'advanced'; readonly door: KnockDoor; readonly source: Address; readonly stage: number }
  /** `heardMs`: when its last packet was heard. */
  | { readonly kind: 'opened'; readonly door: KnockDoor; readonly source: Address; readonly heardMs: number }
  | { readonly kind: 'voided'; readonly door: KnockDoor; readonly source: Address; readonly stage: number }
  | { readonly kind: 'timed_out'; readonly door: KnockDoor; readonly source: Address; readonly stage: number };

/** Hears the outcomes. Those of one packet come in the order in which they happened, within the call. */
export type OutcomeListener = (outcome: Outcome) => void;
