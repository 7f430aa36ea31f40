import { monotonicMs } from '#grants';
import type { EventLog } from '#telemetry';
import type { Capture } from './capture.js';

const RETRY_MS = 1000;

/** Knows whether the capture hears, says once when it does not and once when it does again, and has it opened anew. */
export class CaptureWatch {
  private failure: Error | undefined;
  private deaf: string | undefined;
  private retryAtMs = 0;

  constructor(private readonly log: EventLog) {}

  /** Why nothing is heard; undefined: it hears. */
  get problem(): string | undefined {
    if (this.failure !== undefined) return `capture failed: ${this.failure.message}`;
    return this.deaf === undefined ? undefined : `deaf: ${this.deaf}`;
  }

  opened(): void {
    this.failure = undefined;
  }

  failed(error: Error): void {
    const known = this.failure?.message === error.message;
    this.failure = error;
    this.retryAtMs = monotonicMs() + RETRY_MS;
    if (!known) this.log.emit({ event: 'capture_failed', reason: error.message });
  }

  look(capture: Capture, reopen: () => void): void {
    if (this.failure !== undefined) return this.retry(reopen);
    try {
      capture.watch();
      this.setDeaf(capture.deaf);
    } catch (error) {
      this.failed(error as Error);
    }
  }

  private retry(reopen: () => void): void {
    if (monotonicMs() < this.retryAtMs) return;
    try {
      reopen();
      this.log.emit({ event: 'hearing_again' });
    } catch (error) {
      this.failed(error as Error);
    }
  }

  private setDeaf(deaf: string | undefined): void {
    const before = this.deaf;
    this.deaf = deaf;
    if (deaf !== undefined && before === undefined) this.log.emit({ event: 'deaf', reason: deaf });
    if (deaf === undefined && before !== undefined) this.log.emit({ event: 'hearing_again' });
  }
}
