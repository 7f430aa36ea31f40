import { fault } from './report.mjs';

/** A connection that ends so much before its grant, by a clock of its own, has been lost. */
const EARLY_MS = 500;
/** So much later than its grant it must have ended, on a busy machine too. */
const LATE_MS = 8000;

/**
 * The time that a client is let in for: known to within the time that knocking took. Monotonic ms of this process.
 * Whoever holds something asks it whether an end is right, and it says what is not.
 */
export class Stay {
  /** Undefined until somebody has asked for the grant's end. */
  revokedMs = undefined;

  /** @param soonestMs the grant ends no sooner @param latestMs … and no later */
  constructor(about, soonestMs, latestMs) {
    this.about = about;
    this.soonestMs = soonestMs;
    this.latestMs = latestMs;
  }

  /** From now on it is right that everything ends, and soon it must have. */
  revoked() {
    this.revokedMs = performance.now();
    this.latestMs = Math.min(this.latestMs, this.revokedMs);
  }

  /** A knock may have made it longer: it ends between the old end and the new one. */
  perhapsUntil(latestMs) {
    this.latestMs = Math.max(this.latestMs, latestMs);
  }

  get mayEnd() {
    return this.revokedMs !== undefined || performance.now() > this.soonestMs - EARLY_MS;
  }

  /** Its end was asked for and is over, but perhaps by itself: whoever was asked may do it yet. */
  get mayBeRevokedStill() {
    return this.revokedMs !== undefined && performance.now() > this.soonestMs - EARLY_MS;
  }

  get mustHaveEnded() {
    return performance.now() > this.latestMs + LATE_MS;
  }

  /** How much later than could be. */
  get lateMs() {
    return performance.now() - this.latestMs;
  }

  /** @param what was going on @param why it ended */
  lost(what, why) {
    fault('lost', { ...this.about, what, why, leftMs: Math.round(this.soonestMs - performance.now()) });
  }

  late(what) {
    fault('late', { ...this.about, what, lateMs: Math.round(this.lateMs) });
  }

  wrong(what, why) {
    fault('wrong', { ...this.about, what, why });
  }
}
