import { type Address, sameAddress } from '#address';
import type { Packet } from '#wire';
import { AttemptRoom, NONE } from './attempt-room.js';
import type { KnockDoor, Step } from './door.js';
import { matchesFlags } from './flag-rule.js';
import type { OutcomeListener } from './outcome.js';
import { PortSet } from './port-set.js';

/** How many attempts of one door are kept. */
export interface AttemptLimits {
  /** Attempts that have made their first knock only: anybody can start these, also under spoofed sources. */
  readonly first: number;
  /** Attempts that are further on. A flood of first knocks has no way to take this room. */
  readonly advanced: number;
}

/**
 * The attempts at one door. A source has at most one attempt, in one of two rooms: `first` as long as only the first
 * knock is made, `advanced` afterwards.
 */
export class DoorAttempts {
  private readonly first: AttemptRoom;
  private readonly advanced: AttemptRoom;
  private readonly own = new PortSet();
  /** Packets of a protocol that the sequence does not use do not concern the door. */
  private readonly protocols: { readonly tcp: boolean; readonly udp: boolean };
  private readonly start: Step;

  constructor(
    readonly door: KnockDoor,
    limits: AttemptLimits,
    seed: number,
  ) {
    this.first = new AttemptRoom(limits.first, seed);
    this.advanced = new AttemptRoom(limits.advanced, seed);
    for (const step of door.sequence) this.own.add(step.protocol, step.port);
    const uses = (protocol: string): boolean => door.sequence.some((step) => step.protocol === protocol);
    this.protocols = { tcp: uses('tcp'), udp: uses('udp') };
    this.start = door.sequence[0]!;
  }

  /** Attempts under way, by room. */
  get sizes(): AttemptLimits {
    return { first: this.first.size, advanced: this.advanced.size };
  }

  /** @param exempt ports that never void an attempt (but the door's own ports always may). */
  observe(packet: Packet, nowMs: number, exempt: PortSet, report: OutcomeListener): void {
    if (!this.concerns(packet)) return;
    const { source } = packet;
    const room = this.roomOf(source);
    if (room === undefined) {
      if (isStep(packet, this.start)) this.begin(packet, nowMs, report);
      return;
    }
    const slot = room.find(source);
    if (nowMs - room.startedMsOf(slot) > this.door.seqTimeoutMs) {
      this.timeOut(room, slot, report);
      if (isStep(packet, this.start)) this.begin(packet, nowMs, report);
      return;
    }
    this.step(room, slot, { packet, nowMs, exempt, report });
  }

  /** Ends the attempts whose time is over at `nowMs`. */
  sweep(nowMs: number, report: OutcomeListener): void {
    const over = (room: AttemptRoom, slot: number): boolean => nowMs - room.startedMsOf(slot) > this.door.seqTimeoutMs;
    // first knocks stand in the order of their time: the first that is not over ends the search
    for (let slot = this.first.first(); slot !== NONE && over(this.first, slot); slot = this.first.first()) {
      this.timeOut(this.first, slot, report);
    }
    for (let slot = this.advanced.first(), next = NONE; slot !== NONE; slot = next) {
      next = this.advanced.next(slot);
      if (over(this.advanced, slot)) this.timeOut(this.advanced, slot, report);
    }
  }

  private concerns(packet: Packet): boolean {
    if (!this.protocols[packet.protocol]) return false;
    const { target } = this.door;
    if (target !== undefined && (packet.destination === undefined || !sameAddress(packet.destination, target))) {
      return false;
    }
    return packet.protocol === 'udp' || matchesFlags(this.door.tcpFlags, packet.flags);
  }

  private roomOf(source: Address): AttemptRoom | undefined {
    if (this.advanced.find(source) !== NONE) return this.advanced;
    return this.first.find(source) !== NONE ? this.first : undefined;
  }

  private begin(packet: Packet, nowMs: number, report: OutcomeListener): void {
    const { source, fingerprint } = packet;
    const opens = this.door.sequence.length === 1;
    if (!opens) this.first.put(source, { startedMs: nowMs, stage: 1, fingerprint });
    report({ kind: 'advanced', door: this.door, source, stage: 1 });
    if (opens) report({ kind: 'opened', door: this.door, source });
  }

  private step(room: AttemptRoom, slot: number, seen: Seen): void {
    const { packet } = seen;
    const stage = room.stageOf(slot);
    const made = this.door.sequence[stage - 1]!;
    const expected = this.door.sequence[stage]!;
    const repeats = isStep(packet, made);
    // A retransmission (RFC 9293, 3.8.1) is no new knock, not even where the sequence names a port twice in a row.
    if (repeats && packet.fingerprint === room.fingerprintOf(slot)) return;
    if (isStep(packet, expected)) this.advance(room, slot, seen);
    else if (!repeats && !this.isExempt(packet, seen.exempt)) this.void(room, slot, seen);
  }

  private advance(room: AttemptRoom, slot: number, { packet, report }: Seen): void {
    const { source, fingerprint } = packet;
    const stage = room.stageOf(slot) + 1;
    if (stage === this.door.sequence.length) {
      room.remove(slot);
      report({ kind: 'advanced', door: this.door, source, stage });
      report({ kind: 'opened', door: this.door, source });
      return;
    }
    if (room === this.first) {
      const startedMs = room.startedMsOf(slot);
      room.remove(slot);
      this.advanced.put(source, { startedMs, stage, fingerprint });
    } else {
      room.advance(slot, fingerprint);
    }
    report({ kind: 'advanced', door: this.door, source, stage });
  }

  private isExempt({ protocol, destinationPort }: Packet, exempt: PortSet): boolean {
    // SECURITY: a port of the door's own sequence always voids, or a sweep that meets the others in order would open.
    return exempt.has(protocol, destinationPort) && !this.own.has(protocol, destinationPort);
  }

  private void(room: AttemptRoom, slot: number, { packet, nowMs, report }: Seen): void {
    const stage = room.stageOf(slot);
    room.remove(slot);
    report({ kind: 'voided', door: this.door, source: packet.source, stage });
    if (isStep(packet, this.start)) this.begin(packet, nowMs, report);
  }

  private timeOut(room: AttemptRoom, slot: number, report: OutcomeListener): void {
    const source = room.sourceOf(slot);
    const stage = room.stageOf(slot);
    room.remove(slot);
    report({ kind: 'timed_out', door: this.door, source, stage });
  }
}

interface Seen {
  readonly packet: Packet;
  readonly nowMs: number;
  readonly exempt: PortSet;
  readonly report: OutcomeListener;
}

function isStep(packet: Packet, step: Step): boolean {
  return packet.destinationPort === step.port && packet.protocol === step.protocol;
}
