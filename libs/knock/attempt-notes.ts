import type { Address } from '#address';
import type { Packet } from '#wire';
import type { AttemptRoom } from './attempt-room.js';
import type { KnockDoor } from './door.js';
import type { Note } from './journal-ring.js';
import type { PacketJournal } from './packet-journal.js';
import type { Verdict } from './verdict.js';

/** Ignored packets of an attempt that are noted: one source's repeats must not fill the journal. */
export const MAX_IGNORED = 16;

/** What a packet was found to be. */
export interface Judged {
  readonly verdict: Verdict;
  readonly packet: Packet;
  readonly nowMs: number;
}

/** Writes into the journal what one door makes of packets. */
export class AttemptNotes {
  private readonly number: number;

  constructor(
    private readonly journal: PacketJournal,
    private readonly door: KnockDoor,
  ) {
    this.number = journal.numberOf(door.name);
  }

  /** Of a source without an attempt: `advanced` is its first knock, which anybody can send under any source. */
  ofStranger({ verdict, packet, nowMs }: Judged): void {
    const stage = verdict === 'flags' || verdict === 'untold' ? 0 : 1;
    const note = this.note({ timeMs: nowMs, verdict, stage, packet });
    if (stage === 0 || verdict === 'advanced') this.journal.noteStranger(packet.source, note);
    else this.journal.noteKnown(packet.source, note);
  }

  /** Of the attempt in this slot, as it is before it. */
  ofAttempt(room: AttemptRoom, slot: number, { verdict, packet, nowMs }: Judged): void {
    this.copyFirst(room, slot, nowMs);
    this.ofStage(room.stageOf(slot), { verdict, packet, nowMs });
  }

  /** Of an attempt that is kept elsewhere, and had this stage before it. */
  ofStage(before: number, { verdict, packet, nowMs }: Judged): void {
    const steps = verdict === 'advanced' || verdict === 'completed' ? 1 : 0;
    const note = this.note({ timeMs: nowMs, verdict, stage: before + steps, packet, before });
    this.journal.noteKnown(packet.source, note);
  }

  /** The same, of a packet that changes nothing. */
  ignored(room: AttemptRoom, slot: number, judged: Judged): void {
    if (room.notesOf(slot) > MAX_IGNORED) return;
    this.ofAttempt(room, slot, judged);
    room.countNote(slot);
  }

  timedOut(room: AttemptRoom, slot: number, nowMs: number): void {
    const known = room.notesOf(slot) > 0;
    this.timedOutAt(room.stageOf(slot), { source: room.sourceOf(slot), known, nowMs });
  }

  /** @param known it was more than a first knock, which anybody can send */
  timedOutAt(stage: number, { source, known, nowMs }: { source: Address; known: boolean; nowMs: number }): void {
    const note = this.note({ timeMs: nowMs, verdict: 'timed_out', stage, packet: undefined, before: stage });
    if (known) this.journal.noteKnown(source, note);
    else this.journal.noteStranger(source, note);
  }

  /** The first knock of an attempt, once it gets another note: among the strangers' it will not last. */
  copyFirst(room: AttemptRoom, slot: number, nowMs: number): void {
    if (room.notesOf(slot) > 0) return;
    room.countNote(slot);
    const first = { timeMs: room.startedMsOf(slot, nowMs), door: this.number, step: this.door.sequence[0]! };
    this.journal.copyFirst(room.sourceOf(slot), first);
  }

  private note({ timeMs, verdict, stage, packet, before = 0 }: Noted): Note {
    const expected = this.door.sequence[before];
    return { timeMs, verdict, door: this.number, stage, expected, copy: false, packet };
  }
}

interface Noted {
  readonly timeMs: number;
  readonly verdict: Verdict;
  readonly stage: number;
  readonly packet: Packet | undefined;
  /** Steps made before it. */
  readonly before?: number;
}
