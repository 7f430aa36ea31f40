import { deadlineTimer } from './deadline-timer.js';
import { monotonicMs } from './monotonic-ms.js';

/** What waits in a queue; `place` is the queue's own. */
export interface Waiting {
  readonly deadlineMs: number;
  place: number;
}

/** The place of what waits in no queue. */
export const NOWHERE = -1;

/** Calls back for each of many deadlines, soonest first, with one timer for all of them: a binary heap. */
export class DeadlineQueue<T extends Waiting> {
  private readonly heap: T[] = [];
  private timerMs = Infinity;
  private cancel: () => void = () => {};

  /** @param reached is called with what has left the queue by then */
  constructor(private readonly reached: (one: T) => void) {}

  add(one: T): void {
    this.heap.push(one);
    this.rise(one, this.heap.length - 1);
    if (one.deadlineMs < this.timerMs) this.arm(one.deadlineMs);
  }

  /** What is in no queue may be removed too. */
  remove(one: T): void {
    const { place } = one;
    if (place === NOWHERE) return;
    one.place = NOWHERE;
    const last = this.heap.pop()!;
    if (last === one) return; // its timer finds nothing due, and waits for the next one
    this.rise(last, place);
    this.sink(last, last.place);
  }

  clear(): void {
    for (const one of this.heap) one.place = NOWHERE;
    this.heap.length = 0;
    this.disarm();
  }

  private arm(deadlineMs: number): void {
    this.cancel();
    this.timerMs = deadlineMs;
    this.cancel = deadlineTimer(deadlineMs, () => this.fire());
  }

  private disarm(): void {
    this.cancel();
    this.timerMs = Infinity;
  }

  private fire(): void {
    this.disarm();
    const nowMs = monotonicMs();
    for (let first = this.heap[0]; first !== undefined; first = this.heap[0]) {
      if (first.deadlineMs > nowMs) return this.arm(first.deadlineMs);
      this.remove(first);
      this.reached(first);
    }
  }

  /** Puts `one` where it belongs, from `place` towards the soonest. */
  private rise(one: T, place: number): void {
    let at = place;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = this.heap[above]!;
      if (other.deadlineMs <= one.deadlineMs) break;
      this.put(other, at);
      at = above;
    }
    this.put(one, at);
  }

  private sink(one: T, place: number): void {
    let at = place;
    for (;;) {
      let below = 2 * at + 1;
      if (below + 1 < this.heap.length && this.heap[below + 1]!.deadlineMs < this.heap[below]!.deadlineMs) below += 1;
      const other = this.heap[below];
      if (other === undefined || other.deadlineMs >= one.deadlineMs) break;
      this.put(other, at);
      at = below;
    }
    this.put(one, at);
  }

  private put(one: T, place: number): void {
    this.heap[place] = one;
    one.place = place;
  }
}
