import type { Rates, RatesAt } from './api-schemas.js';

const KEPT_MS = 10 * 60_000;

/** What was counted each second of the last 10 minutes. Pure: times are milliseconds of the store's clock. */
export class RatesRecord {
  private kept: RatesAt[] = [];

  add(nowMs: number, { knocks, opened, denied }: Rates): void {
    // a store whose clock was put back: what comes after it goes
    this.kept = this.kept.filter(({ at_ms: at }) => at < nowMs && nowMs - at <= KEPT_MS);
    this.kept.push({ at_ms: nowMs, knocks, opened, denied });
  }

  /** Oldest first. */
  get list(): RatesAt[] {
    return [...this.kept];
  }
}
