import { RedisAttempts, type RedisTarget } from '#grants';
import {
  type AttemptKeeper,
  type AttemptLimits,
  doorIdentity,
  type KnockDoor,
  type OutcomeListener,
  type PacketJournal,
  PortSet,
} from '#knock';
import type { Packet } from '#wire';
import type { EventLog } from '#telemetry';
import { doorId } from './door-id.js';
import { type Heard, SharedDoor, type SharedMeans } from './shared-door.js';

export interface SharedOptions {
  readonly store: RedisTarget;
  /** At each door. */
  readonly limits: AttemptLimits;
  readonly journal: PacketJournal;
  readonly log: Pick<EventLog, 'emit'>;
}

const SAY_EVERY_MS = 1000;

/**
 * Attempts that several listeners advance together, each by the packets that it hears. They are in Redis, which judges packets in
 * the order in which it is told of them. SECURITY: no port of a sequence is told: a packet is what steps of the sequence its port is.
 */
export class SharedAttempts implements AttemptKeeper {
  /** Packets that could not be told. */
  untold = 0;
  private doors: SharedDoor[] = [];
  private exempt = new PortSet();
  private readonly means: SharedMeans;
  private readonly attempts: RedisAttempts;
  private said = { untold: 0, atMs: -Infinity };
  private voidedAll = false;
  /** Why, by door. */
  private readonly failing = new Map<string, string>();

  constructor(private readonly options: SharedOptions) {
    this.attempts = new RedisAttempts(options.store);
    this.means = {
      attempts: this.attempts,
      journal: options.journal,
      answered: (door, error) => this.heardFrom(door, error),
      untold: (all) => {
        this.untold += 1;
        this.voidedAll ||= all;
      },
    };
  }

  setDoors(doors: readonly KnockDoor[]): void {
    const before = new Map(this.doors.map((shared) => [doorIdentity(shared.door), shared]));
    const knockable = doors.filter(({ sequence }) => sequence.length > 0); // one-time sequences used up: stays shut
    this.doors = knockable.map((door) => before.get(doorIdentity(door)) ?? this.shared(door));
    for (const shared of before.values()) if (!this.doors.includes(shared)) this.retire(shared);
  }

  setExemptPorts(ports: PortSet): void {
    this.exempt = ports;
  }

  observe(packet: Packet, nowMs: number, report: OutcomeListener): void {
    const heard: Heard = { packet, nowMs, report, left: 0, noted: false };
    for (const door of this.doors) door.observe(heard, this.exempt);
    if (heard.left === 0 && !heard.noted) this.options.journal.stray(packet, nowMs);
  }

  sweep(nowMs: number, report: OutcomeListener): void {
    for (const door of this.doors) door.sweep(nowMs, report);
    if (nowMs - this.said.atMs >= SAY_EVERY_MS) this.sayUntold(nowMs);
  }

  /** As Redis has said last: those of all listeners. */
  get sizes(): AttemptLimits {
    return this.doors.reduce(
      (sum, { sizes }) => ({ first: sum.first + sizes.first, advanced: sum.advanced + sizes.advanced }),
      { first: 0, advanced: 0 },
    );
  }

  /** Redis has been told of all that was observed, and has answered. */
  get isIdle(): boolean {
    return this.doors.every((door) => door.isIdle);
  }

  get problem(): string | undefined {
    const [reason] = this.failing.values();
    return reason === undefined ? undefined : `attempts cannot be kept in Redis: ${reason}`;
  }

  close(): void {
    for (const door of this.doors) door.retire();
    this.attempts.close();
  }

  private shared(door: KnockDoor): SharedDoor {
    const { first: maxFirst, advanced: maxAdvanced } = this.options.limits;
    const { name, sequence, seqTimeoutMs } = door;
    const at = { name, id: doorId(door), steps: sequence.length, seqTimeoutMs, maxFirst, maxAdvanced };
    return new SharedDoor(door, at, this.means);
  }

  private retire(shared: SharedDoor): void {
    shared.retire();
    this.failing.delete(shared.door.name);
  }

  private heardFrom(door: string, error: Error | undefined): void {
    if (error === undefined) {
      this.failing.delete(door);
      return;
    }
    if (this.failing.size === 0) this.options.log.emit({ event: 'attempts_unkept', reason: error.message });
    this.failing.set(door, error.message);
  }

  private sayUntold(nowMs: number): void {
    const count = this.untold - this.said.untold;
    const { voidedAll: all } = this;
    this.said = { untold: this.untold, atMs: nowMs };
    this.voidedAll = false;
    if (count > 0) this.options.log.emit({ event: 'packets_untold', count, all });
  }
}
