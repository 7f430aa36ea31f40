/** Arrivals so close together, so many in a row, are a flood: a knock of four ports sent at once is three. */
const CLOSE_MS = 0.5;
const IN_A_ROW = 8;

/**
 * Tells a flood by the times at which arrivals were said: then it is cheaper to look at steady times, and a thousand packets
 * cost what one does.
 */
export class ArrivalPace {
  private lastMs = -Infinity;
  private inARow = 0;

  /** @param nowMs of any monotonic clock. Answers whether there is a flood. */
  arrived(nowMs: number): boolean {
    this.inARow = nowMs - this.lastMs < CLOSE_MS ? this.inARow + 1 : 0;
    this.lastMs = nowMs;
    return this.inARow >= IN_A_ROW;
  }
}
