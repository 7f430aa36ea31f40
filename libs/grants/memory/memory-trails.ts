import type { AuditEntry } from '../grant.js';
import type { TrailEntry } from '../trail.js';
import { MemoryTrailReader } from './memory-trail-reader.js';

/** An entry, numbered in the order in which those of all doors came. */
export interface NumberedEntry {
  readonly number: number;
  readonly door: string;
  readonly fields: AuditEntry;
}

/** The audit trails of all doors, each with about `maxEvents` entries. */
export class MemoryTrails {
  private readonly trails = new Map<string, NumberedEntry[]>();
  private readonly readers = new Set<MemoryTrailReader>();
  private count = 0;

  constructor(private readonly maxEvents: number) {}

  append(door: string, fields: AuditEntry): void {
    const trail = this.of(door);
    trail.push({ number: (this.count += 1), door, fields });
    // trimmed in blocks, as `XADD MAXLEN ~` does, so that a full trail costs nothing per entry
    if (trail.length > this.maxEvents * 1.1) trail.splice(0, trail.length - this.maxEvents);
    this.trails.set(door, trail);
    for (const reader of this.readers) reader.appended();
  }

  /** Newest first. */
  newest(door: string, count: number): AuditEntry[] {
    const entries = this.of(door).slice(-count).toReversed();
    return entries.map(({ fields }) => fields);
  }

  some(door: string, matches: (fields: AuditEntry) => boolean): boolean {
    return this.of(door).some(({ fields }) => matches(fields));
  }

  /** Those of these doors that came after the entry of this number, in order. */
  after(number: number, doors: readonly string[]): NumberedEntry[] {
    const found = doors.flatMap((door) => {
      const trail = this.of(door);
      return trail.slice(trail.findLastIndex((entry) => entry.number <= number) + 1);
    });
    return found.toSorted((x, y) => x.number - y.number);
  }

  /** Those of these doors that came before the entry of this number. */
  before(number: number, doors: readonly string[]): TrailEntry[] {
    const older = doors.flatMap((door) => this.of(door).filter((entry) => entry.number < number));
    return older.map(({ number: id, door, fields }) => ({ door, id: String(id), fields }));
  }

  /** @param sinceMs how far back it begins; undefined: with all that is kept */
  reader(doors: readonly string[], sinceMs: number | undefined): MemoryTrailReader {
    const reader = new MemoryTrailReader(this, doors, sinceMs === undefined ? 0 : this.lastBefore(sinceMs));
    this.readers.add(reader);
    return reader;
  }

  forget(reader: MemoryTrailReader): void {
    this.readers.delete(reader);
  }

  close(): void {
    for (const reader of this.readers) reader.close();
  }

  /** The number of the last entry that is older than this. */
  private lastBefore(ageMs: number): number {
    const from = new Date(Date.now() - ageMs).toISOString();
    const older = [...this.trails.values()].map((trail) => trail.findLast(({ fields }) => fields['at']! < from));
    return Math.max(0, ...older.map((entry) => entry?.number ?? 0));
  }

  private of(door: string): NumberedEntry[] {
    return this.trails.get(door) ?? [];
  }
}
