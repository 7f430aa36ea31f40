import type { Packet } from '#wire';
import type { AttemptKeeper } from './attempt-keeper.js';
import { type AttemptLimits, DoorAttempts } from './door-attempts.js';
import { type KnockDoor, doorIdentity } from './door.js';
import type { OutcomeListener } from './outcome.js';
import { PacketJournal } from './packet-journal.js';
import { PortSet } from './port-set.js';

/** The attempts of this process. Doors are independent: each sees every packet and keeps its own attempts. */
export class AttemptTable implements AttemptKeeper {
  private doors: DoorAttempts[] = [];
  private exempt = new PortSet();

  constructor(
    private readonly limits: AttemptLimits,
    private readonly seed: number,
    private readonly journal = new PacketJournal(2),
  ) {}

  setDoors(doors: readonly KnockDoor[]): void {
    const before = new Map(this.doors.map((attempts) => [doorIdentity(attempts.door), attempts]));
    const knockable = doors.filter(({ sequence }) => sequence.length > 0); // one-time sequences used up: stays shut
    this.doors = knockable.map((door) => before.get(doorIdentity(door)) ?? this.attemptsAt(door));
  }

  setExemptPorts(ports: PortSet): void {
    this.exempt = ports;
  }

  observe(packet: Packet, nowMs: number, report: OutcomeListener): void {
    const seen = { packet, nowMs, exempt: this.exempt, report };
    let noted = false;
    for (const attempts of this.doors) if (attempts.observe(seen)) noted = true;
    if (!noted) this.journal.stray(packet, nowMs);
  }

  sweep(nowMs: number, report: OutcomeListener): void {
    for (const attempts of this.doors) attempts.sweep(nowMs, report);
  }

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
