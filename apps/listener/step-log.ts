import { formatAddress } from '#address';
import { type GrantStore, monotonicMs } from '#grants';
import type { Outcome } from '#knock';
import { type Event, type EventLog, RateLimit } from '#telemetry';

/** Lines that strangers can cause, each of the two kinds: the first knock is anybody's, the further ones rarely are. */
const LINES_PER_SECOND = 50;

type Step = Exclude<Outcome, { kind: 'opened' }>;

/** Tells log and audit trail of the steps of attempts, and how they failed, as many lines a second as strangers may cause. */
export class StepLog {
  private readonly firstLines = new RateLimit(LINES_PER_SECOND);
  private readonly furtherLines = new RateLimit(LINES_PER_SECOND);
  private unsaid: Event[] = [];

  constructor(
    private readonly log: EventLog,
    private readonly store: GrantStore,
  ) {}

  take(outcome: Step): void {
    const lines = outcome.stage === 1 ? this.firstLines : this.furtherLines;
    if (lines.allows(monotonicMs())) this.record(outcome);
  }

  /** How many were left out since this was asked last. */
  takeSuppressed(): number {
    return this.firstLines.takeSuppressed() + this.furtherLines.takeSuppressed();
  }

  private record(outcome: Step): void {
    const at = { ip: formatAddress(outcome.source), door: outcome.door.name };
    const { stage } = outcome;
    switch (outcome.kind) {
      case 'advanced': {
        const of = outcome.door.sequence.length;
        this.say({ event: 'stage', ...at, stage, of });
        return this.audit(at.door, { event: 'stage', ip: at.ip, stage: String(stage), of: String(of) });
      }
      case 'voided':
        this.say({ event: 'voided', ...at, stage });
        return this.audit(at.door, { event: 'voided', ip: at.ip, stage: String(stage) });
      case 'timed_out':
        this.say({ event: 'sequence_timeout', ...at, stage });
        return this.audit(at.door, { event: 'sequence_timeout', ip: at.ip, stage: String(stage) });
      default: {
        const exhaustive: never = outcome;
        return exhaustive;
      }
    }
  }

  /** Once the packets at hand are judged: a knock that they complete is granted first, for a line takes long to write. */
  private say(event: Event): void {
    if (this.unsaid.push(event) > 1) return;
    setImmediate(() => {
      const events = this.unsaid;
      this.unsaid = [];
      for (const each of events) this.log.emit(each);
    });
  }

  /** The trail of steps is for the curious: while the store is away it has gaps, and each grant says so itself. */
  private audit(door: string, entry: Readonly<Record<string, string>>): void {
    this.store.record(door, entry).catch(() => {});
  }
}
