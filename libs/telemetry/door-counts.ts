import type { Labels } from './metrics.js';

/** Counts of a few kinds for each door, in plain numbers. A door that is gone keeps its counts. */
export class DoorCounts<Kind extends string> {
  private readonly doors = new Map<string, Record<Kind, number>>();
  /** Most of what comes together is about one door. */
  private last: { readonly door: string; readonly counts: Record<Kind, number> } | undefined;

  constructor(private readonly kinds: readonly Kind[]) {}

  /** To be counted up: `of('HTTP').opened += 1`. */
  of(door: string): Record<Kind, number> {
    if (this.last?.door === door) return this.last.counts;
    let counts = this.doors.get(door);
    if (counts === undefined) {
      counts = Object.fromEntries(this.kinds.map((kind) => [kind, 0])) as Record<Kind, number>;
      this.doors.set(door, counts);
    }
    this.last = { door, counts };
    return counts;
  }

  /** From now on these have counts, be they 0: a rate is known from the first one on. */
  know(doors: readonly { readonly name: string }[]): void {
    for (const { name } of doors) this.of(name);
  }

  /** All of them, with the kind as a label of that name. */
  *by(label: string): Generator<readonly [Labels, number]> {
    for (const [door, counts] of this.doors)
      for (const kind of this.kinds) yield [{ door, [label]: kind }, counts[kind]];
  }

  /** Those of one kind. */
  *only(kind: Kind): Generator<readonly [Labels, number]> {
    for (const [door, counts] of this.doors) yield [{ door }, counts[kind]];
  }
}
