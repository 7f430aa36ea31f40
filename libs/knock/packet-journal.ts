import { type Address, formatAddress } from '#address';
import type { Packet } from '#wire';
import type { Step } from './door.js';
import type { Verdict } from './verdict.js';
import { type JournalEntry, JournalRing, type Note } from './journal-ring.js';

/** What the journal knows of a packet, or of a change without one. */
export interface JournalLine extends Omit<JournalEntry, 'door' | 'copy'> {
  /** Undefined: no door had a use for it. */
  readonly door: string | undefined;
}

export interface HeardSource {
  readonly source: Address;
  readonly last: JournalLine;
}

/** Doors by their numbers, of which an entry has 16 bits; 0 is none. Only the operator makes names. */
const MAX_DOORS = 65_535;

/**
 * The last packets and what became of each, to answer why a knock did not open. Bounded: so many entries, in two halves.
 * `strangers` has what anybody can cause under any source: packets of sources without an attempt, and first knocks.
 * `known` has those of sources that have an attempt, their first knock included, and what came of completed ones: to
 * flood it takes two packets for each source, of which the first is right.
 */
export class PacketJournal {
  private readonly strangers: JournalRing;
  private readonly known: JournalRing;
  private readonly doors = new Map<string, number>();
  private readonly names: string[] = [];

  /** @param entries in both halves together */
  constructor(entries: number) {
    this.strangers = new JournalRing(Math.ceil(entries / 2));
    this.known = new JournalRing(Math.ceil(entries / 2));
  }

  get maxBytes(): number {
    return this.strangers.maxBytes + this.known.maxBytes;
  }

  /** How far back it reaches for a source that nobody knows; undefined: to its beginning. */
  get sinceMs(): number | undefined {
    return this.strangers.oldestMs;
  }

  /** The number that stands for a door in a note. */
  numberOf(door: string): number {
    const known = this.doors.get(door);
    if (known !== undefined || this.names.length === MAX_DOORS) return known ?? 0;
    this.names.push(door);
    this.doors.set(door, this.names.length);
    return this.names.length;
  }

  /** A packet that no door had a use for. */
  stray(packet: Packet, timeMs: number): void {
    const note: Note = { timeMs, verdict: 'stray', door: 0, stage: 0, expected: undefined, copy: false, packet };
    this.strangers.add(packet.source, note);
  }

  /** Of a source without an attempt, or its first knock. */
  noteStranger(source: Address, note: Note): void {
    this.strangers.add(source, note);
  }

  /** Of a source with an attempt. */
  noteKnown(source: Address, note: Note): void {
    this.known.add(source, note);
  }

  /** What came of a knock that was completed. */
  result(source: Address, { timeMs, verdict, door }: { timeMs: number; verdict: Verdict; door: string }): void {
    const number = this.numberOf(door);
    this.known.add(source, {
      timeMs,
      verdict,
      door: number,
      stage: 0,
      expected: undefined,
      copy: false,
      packet: undefined,
    });
  }

  /** The first knock of a source that has shown to be going on: its entry among the strangers' will not last. */
  copyFirst(source: Address, { timeMs, door, step }: { timeMs: number; door: number; step: Step }): void {
    const packet = { destinationPort: step.port, protocol: step.protocol, flags: 0 };
    const note: Note = { timeMs, verdict: 'advanced', door, stage: 1, expected: step, copy: true, packet };
    this.known.add(source, note);
  }

  /** What is known of a source, the oldest first; the last `max` at most. */
  of(source: Address, max: number): JournalLine[] {
    const found = [this.strangers, this.known].flatMap((ring) => {
      const entries: JournalEntry[] = [];
      for (const at of ring.newestFirst()) {
        if (ring.isOf(at, source)) entries.push(ring.entryAt(at));
        if (entries.length === max) break;
      }
      return entries.toReversed();
    });
    return found
      .filter((entry) => !entry.copy || !found.some((other) => isOriginal(other, entry)))
      .toSorted((x, y) => x.timeMs - y.timeMs)
      .slice(-max)
      .map((entry) => this.lineOf(entry));
  }

  /** The sources heard last, each with its last entry, the newest first; of each half `max` at most. */
  sources(max: number): HeardSource[] {
    const heard = new Map<string, HeardSource>();
    for (const ring of [this.known, this.strangers]) {
      let before: Address | undefined;
      let taken = 0;
      for (const at of ring.newestFirst()) {
        if (before !== undefined && ring.isOf(at, before)) continue;
        const source = ring.sourceAt(at);
        before = source;
        const key = formatAddress(source);
        const last = this.lineOf(ring.entryAt(at));
        const other = heard.get(key);
        if (other === undefined) taken += 1;
        if (other === undefined || other.last.timeMs < last.timeMs) heard.set(key, { source, last });
        if (taken === max) break;
      }
    }
    return [...heard.values()].toSorted((x, y) => y.last.timeMs - x.last.timeMs);
  }

  private lineOf({ timeMs, verdict, door, stage, got, flags, expected }: JournalEntry): JournalLine {
    return { timeMs, verdict, door: this.names[door - 1], stage, got, flags, expected };
  }
}

/** A copy is of the time that the attempt knows, which is in whole milliseconds. */
function isOriginal(entry: JournalEntry, copy: JournalEntry): boolean {
  return (
    !entry.copy &&
    entry.door === copy.door &&
    entry.verdict === copy.verdict &&
    entry.stage === copy.stage &&
    Math.floor(entry.timeMs) === Math.floor(copy.timeMs)
  );
}
