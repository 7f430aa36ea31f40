/**
 * A token bucket for what strangers can cause, such as log lines: `perSecond` of them, and a count of those left out.
 */
export class RateLimit {
  private tokens: number;
  private filledMs = -Infinity;
  private left = 0;

  constructor(private readonly perSecond: number) {
    this.tokens = perSecond;
  }

  allows(nowMs: number): boolean {
    const gained = ((nowMs - this.filledMs) / 1000) * this.perSecond;
    this.tokens = Math.min(this.perSecond, this.tokens + gained);
    this.filledMs = nowMs;
    if (this.tokens < 1) {
      this.left += 1;
      return false;
    }
    this.tokens -= 1;
    return true;
  }

  /** How many were left out since the last call. */
  takeSuppressed(): number {
    const { left } = this;
    this.left = 0;
    return left;
  }
}
