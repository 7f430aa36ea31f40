import type { TrailEntry, TrailReader } from '../trail.js';
import type { MemoryTrails } from './memory-trails.js';

/** Entries of one answer. */
const PAGE = 1000;

/** Reads the trails of this process's memory. */
export class MemoryTrailReader implements TrailReader {
  private closed = false;
  private wake: () => void = () => {};

  /** @param last the number of the last entry that is not asked for */
  constructor(
    private readonly trails: MemoryTrails,
    private readonly doors: readonly string[],
    private last: number,
  ) {}

  async next(waitMs: number): Promise<readonly TrailEntry[]> {
    const deadlineMs = performance.now() + waitMs;
    for (;;) {
      const entries = this.closed ? [] : this.page();
      const leftMs = deadlineMs - performance.now();
      if (entries.length > 0 || this.closed || leftMs <= 0) return entries;
      await this.change(leftMs);
    }
  }

  /** To be called when there may be something new. */
  readonly appended = (): void => this.wake();

  close(): void {
    this.closed = true;
    this.wake();
    this.trails.forget(this);
  }

  private page(): TrailEntry[] {
    const entries = this.trails.after(this.last, this.doors).slice(0, PAGE);
    this.last = entries.at(-1)?.number ?? this.last;
    return entries.map(({ number, door, fields }) => ({ door, id: String(number), fields }));
  }

  private async change(withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
