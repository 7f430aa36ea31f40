import type { Packet } from '#wire';
import type { AttemptLimits } from './door-attempts.js';
import type { KnockDoor } from './door.js';
import type { OutcomeListener } from './outcome.js';
import type { PortSet } from './port-set.js';

/**
 * Keeps the attempts at all doors, bounded. Its contract suite (test/contract) holds for each of them. Times are
 * milliseconds of any monotonic clock.
 */
export interface AttemptKeeper {
  /** Takes these doors in place of the present ones. A door that is the same as before keeps its attempts. */
  setDoors(doors: readonly KnockDoor[]): void;
  /** Ports that never void an attempt: those on which this host serves, and `ignore_ports`. */
  setExemptPorts(ports: PortSet): void;
  /** Its outcomes come within the call, or later, in the order of the packets. Of a door that is no more none comes. */
  observe(packet: Packet, nowMs: number, report: OutcomeListener): void;
  /** Ends the attempts whose time is over, and reports each. */
  sweep(nowMs: number, report: OutcomeListener): void;
  /** Attempts under way at all doors, by room. */
  readonly sizes: AttemptLimits;
  /** Why attempts are not kept just now, in words; undefined: they are. */
  readonly problem?: string | undefined;
  close?(): void;
}
