import type { Packet } from '#wire';
import { type AttemptLimits, DoorAttempts } from './door-attempts.js';
import type { KnockDoor } from './door.js';
import type { OutcomeListener } from './outcome.js';
import { PacketJournal } from './packet-journal.js';
import { PortSet } from './port-set.js';

/**
 * All attempts at all doors, bounded. Doors are independent: each sees every packet and keeps its own attempts.
 * Times are milliseconds of any monotonic clock.
 */
export class AttemptTable {
  private doors: DoorAttempts[] = [];
  private exempt = new PortSet();

  constructor(
    private readonly limits: AttemptLimits,
    private readonly seed: number,
    private readonly journal = new PacketJournal(2),
  ) {}

  /** Takes these doors in place of the present ones. A door that is the same as before keeps its attempts. */
  setDoors(doors: readonly KnockDoor[]): void {
    const before = new Map(this.doors.map((attempts) => [identity(attempts.door), attempts]));
    const knockable = doors.filter(({ sequence }) => sequence.length > 0); // one-time sequences used up: stays shut
    this.doors = knockable.map((door) => before.get(identity(door)) ?? this.attemptsAt(door));
  }

  /** Ports that never void an attempt: those on which this host serves, and `ignore_ports`. */
  setExemptPorts(ports: PortSet): void {
    this.exempt = ports;
  }

  observe(packet: Packet, nowMs: number, report: OutcomeListener): void {
    const seen = { packet, nowMs, exempt: this.exempt, report };
    let noted = false;
    for (const attempts of this.doors) if (attempts.observe(seen)) noted = true;
    if (!noted) this.journal.stray(packet, nowMs);
  }

  /** Ends the attempts whose time is over, and reports each. */
  sweep(nowMs: number, report: OutcomeListener): void {
    for (const attempts of this.doors) attempts.sweep(nowMs, report);
  }

  /** Attempts under way at all doors, by room. */
  get sizes(): AttemptLimits {
    return this.doors.reduce(
      (sum, { sizes }) => ({ first: sum.first + sizes.first, advanced: sum.advanced + sizes.advanced }),
      { first: 0, advanced: 0 },
    );
  }

  private attemptsAt(door: KnockDoor): DoorAttempts {
    return new DoorAttempts(door, { limits: this.limits, seed: this.seed, journal: this.journal });
  }
}

function identity({ name, sequence, seqTimeoutMs, tcpFlags, target }: KnockDoor): string {
  return JSON.stringify([name, sequence, seqTimeoutMs, tcpFlags, target]);
}
