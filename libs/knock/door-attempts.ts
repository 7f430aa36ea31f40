import type { Address } from '#address';
import type { Packet } from '#wire';
import { AttemptNotes } from './attempt-notes.js';
import { AttemptRoom, NONE } from './attempt-room.js';
import type { KnockDoor, Step } from './door.js';
import { DoorPackets, isStep } from './door-packets.js';
import type { OutcomeListener } from './outcome.js';
import type { PacketJournal } from './packet-journal.js';
import type { PortSet } from './port-set.js';

/** How many attempts of one door are kept. */
export interface AttemptLimits {
  /** Attempts that have made their first knock only: anybody can start these, also under spoofed sources. */
  readonly first: number;
  /** Attempts that are further on. A flood of first knocks has no way to take this room. */
  readonly advanced: number;
}

/** What all doors share. */
export interface AttemptMeans {
  readonly limits: AttemptLimits;
  /** Keys the hashes. */
  readonly seed: number;
  readonly journal: PacketJournal;
}

/** A packet, and what is to be known to judge it. */
export interface Seen {
  readonly packet: Packet;
  readonly nowMs: number;
  /** Ports that never void an attempt (but the door's own ports always may). */
  readonly exempt: PortSet;
  readonly report: OutcomeListener;
}

/**
 * The attempts at one door. A source has at most one attempt, in one of two rooms: `first` as long as only the first
 * knock is made, `advanced` afterwards.
 */
export class DoorAttempts {
  private readonly first: AttemptRoom;
  private readonly advanced: AttemptRoom;
  private readonly packets: DoorPackets;
  private readonly start: Step;
  private readonly notes: AttemptNotes;

  constructor(
    readonly door: KnockDoor,
    { limits, seed, journal }: AttemptMeans,
  ) {
    this.first = new AttemptRoom(limits.first, seed);
    this.advanced = new AttemptRoom(limits.advanced, seed);
    this.notes = new AttemptNotes(journal, door);
    this.packets = new DoorPackets(door);
    this.start = door.sequence[0]!;
  }

  /** Attempts under way, by room. */
  get sizes(): AttemptLimits {
    return { first: this.first.size, advanced: this.advanced.size };
  }

  /** Whether the journal has it now. */
  observe(seen: Seen): boolean {
    const { packet, nowMs } = seen;
    if (!this.packets.concerns(packet)) return false;
    if (!this.packets.counts(packet)) return this.ignoreFlags(seen);
    const { source } = packet;
    const room = this.roomOf(source);
    if (room === undefined) {
      if (!isStep(packet, this.start)) return false;
      this.begin(seen, 'advanced');
      return true;
    }
    const slot = room.find(source);
    if (nowMs - room.startedMsOf(slot, nowMs) <= this.door.seqTimeoutMs) {
      this.step(room, slot, seen);
      return true;
    }
    const begins = isStep(packet, this.start);
    if (begins) this.notes.copyFirst(room, slot, nowMs);
    else this.notes.ofAttempt(room, slot, { verdict: 'late', packet, nowMs });
    this.end(room, slot, { kind: 'timed_out', report: seen.report });
    if (begins) this.begin(seen, 'late_restarted');
    return true;
  }

  /** Ends the attempts whose time is over at `nowMs`. */
  sweep(nowMs: number, report: OutcomeListener): void {
    const over = (room: AttemptRoom, slot: number): boolean =>
      nowMs - room.startedMsOf(slot, nowMs) > this.door.seqTimeoutMs;
    // first knocks stand in the order of their time: the first that is not over ends the search
    for (let slot = this.first.first(); slot !== NONE && over(this.first, slot); slot = this.first.first()) {
      this.timeOut(this.first, slot, { nowMs, report });
    }
    for (let slot = this.advanced.first(), next = NONE; slot !== NONE; slot = next) {
      next = this.advanced.next(slot);
      if (over(this.advanced, slot)) this.timeOut(this.advanced, slot, { nowMs, report });
    }
  }

  /** Of interest at a port of the sequence only: no look-up for all the others. */
  private ignoreFlags({ packet, nowMs }: Seen): boolean {
    if (!this.packets.isOwn(packet)) return false;
    const judged = { verdict: 'flags', packet, nowMs } as const;
    const room = this.roomOf(packet.source);
    if (room === undefined) this.notes.ofStranger(judged);
    else this.notes.ignored(room, room.find(packet.source), judged);
    return true;
  }

  private roomOf(source: Address): AttemptRoom | undefined {
    if (this.advanced.find(source) !== NONE) return this.advanced;
    return this.first.find(source) !== NONE ? this.first : undefined;
  }

  /** A first knock. `restarted`, `late_restarted`: it has also ended the attempt before it. */
  private begin({ packet, nowMs, report }: Seen, verdict: 'advanced' | 'restarted' | 'late_restarted'): void {
    const { source, fingerprint } = packet;
    const opens = this.door.sequence.length === 1;
    this.notes.ofStranger({ verdict: opens ? 'completed' : verdict, packet, nowMs });
    if (!opens)
      this.first.put(source, { startedMs: nowMs, stage: 1, fingerprint, notes: verdict === 'advanced' ? 0 : 1 });
    report({ kind: 'advanced', door: this.door, source, stage: 1 });
    if (opens) report({ kind: 'opened', door: this.door, source, heardMs: nowMs });
  }

  private step(room: AttemptRoom, slot: number, seen: Seen): void {
    const { packet, nowMs } = seen;
    const stage = room.stageOf(slot);
    const made = this.door.sequence[stage - 1]!;
    const expected = this.door.sequence[stage]!;
    const repeats = isStep(packet, made);
    // A retransmission (RFC 9293, 3.8.1) is no new knock, not even where the sequence names a port twice in a row.
    const retransmitted = repeats && packet.fingerprint === room.fingerprintOf(slot);
    if (!retransmitted && isStep(packet, expected)) this.advance(room, slot, seen);
    else if (repeats) this.notes.ignored(room, slot, { verdict: 'repeat', packet, nowMs });
    else if (this.packets.isExempt(packet, seen.exempt))
      this.notes.ignored(room, slot, { verdict: 'exempt', packet, nowMs });
    else this.void(room, slot, seen);
  }

  private advance(room: AttemptRoom, slot: number, { packet, nowMs, report }: Seen): void {
    const { source, fingerprint } = packet;
    const stage = room.stageOf(slot) + 1;
    const completes = stage === this.door.sequence.length;
    this.notes.ofAttempt(room, slot, { verdict: completes ? 'completed' : 'advanced', packet, nowMs });
    if (completes) {
      room.remove(slot);
      report({ kind: 'advanced', door: this.door, source, stage });
      report({ kind: 'opened', door: this.door, source, heardMs: nowMs });
      return;
    }
    if (room === this.first) {
      const startedMs = room.startedMsOf(slot, nowMs);
      const notes = room.notesOf(slot);
      room.remove(slot);
      this.advanced.put(source, { startedMs, stage, fingerprint, notes });
    } else {
      room.advance(slot, fingerprint);
    }
    report({ kind: 'advanced', door: this.door, source, stage });
  }

  private void(room: AttemptRoom, slot: number, seen: Seen): void {
    const { packet, nowMs } = seen;
    const begins = isStep(packet, this.start);
    if (begins) this.notes.copyFirst(room, slot, nowMs);
    else this.notes.ofAttempt(room, slot, { verdict: 'voided', packet, nowMs });
    this.end(room, slot, { kind: 'voided', report: seen.report });
    if (begins) this.begin(seen, 'restarted');
  }

  private timeOut(
    room: AttemptRoom,
    slot: number,
    { nowMs, report }: { nowMs: number; report: OutcomeListener },
  ): void {
    this.notes.timedOut(room, slot, nowMs);
    this.end(room, slot, { kind: 'timed_out', report });
  }

  private end(room: AttemptRoom, slot: number, { kind, report }: Ending): void {
    const source = room.sourceOf(slot);
    const stage = room.stageOf(slot);
    room.remove(slot);
    report({ kind, door: this.door, source, stage });
  }
}

interface Ending {
  readonly kind: 'voided' | 'timed_out';
  readonly report: OutcomeListener;
}
