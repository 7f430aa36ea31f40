import { formatAddress } from '#address';
import { type AuditEntry, type GrantStore, monotonicMs } from '#grants';
import type { Outcome } from '#knock';
import { type Event, type EventLog, RateLimit } from '#telemetry';

/** Lines that strangers can cause, each of the two kinds: the first knock is anybody's, the further ones rarely are. */
const LINES_PER_SECOND = 50;

type Step = Exclude<Outcome, { kind: 'opened' }>;

/**
 * Tells log and audit trail of the steps of attempts, and how they failed, as many lines a second as strangers may cause. Once the packets at
 * hand are judged: a knock that they complete is granted first, for a line takes long to write, and takes along what the trail is to have
 * ahead of it.
 */
export class StepLog {
  private readonly firstLines = new RateLimit(LINES_PER_SECOND);
  private readonly furtherLines = new RateLimit(LINES_PER_SECOND);
  private unsaid: Event[] = [];
  /** By door. */
  private readonly untold = new Map<string, AuditEntry[]>();

  constructor(
    private readonly log: EventLog,
    private readonly store: GrantStore,
  ) {}

  take(outcome: Step): void {
    const lines = outcome.stage === 1 ? this.firstLines : this.furtherLines;
    if (lines.allows(monotonicMs())) this.record(outcome);
  }

  /** What the audit trail of a door has not been told yet. It is the caller's to tell. */
  takeUntold(door: string): readonly AuditEntry[] {
    const entries = this.untold.get(door) ?? [];
    this.untold.delete(door);
    return entries;
  }

  /** How many were left out since this was asked last. */
  takeSuppressed(): number {
    return this.firstLines.takeSuppressed() + this.furtherLines.takeSuppressed();
  }

  private record(outcome: Step): void {
    const { kind, stage } = outcome;
    const at = { ip: formatAddress(outcome.source), door: outcome.door.name };
    switch (kind) {
      case 'advanced': {
        const of = outcome.door.sequence.length;
        this.keep({ event: 'stage', ...at, stage, of }, { stage: String(stage), of: String(of) });
        break;
      }
      case 'voided':
        this.keep({ event: 'voided', ...at, stage }, { stage: String(stage) });
        break;
      case 'timed_out':
        this.keep({ event: 'sequence_timeout', ...at, stage }, { stage: String(stage) });
        break;
      default: {
        const exhaustive: never = kind;
        return exhaustive;
      }
    }
  }

  private keep(event: Event & { readonly ip: string; readonly door: string }, fields: AuditEntry): void {
    const entry = { event: event.event, ip: event.ip, ...fields };
    const entries = this.untold.get(event.door);
    if (entries === undefined) this.untold.set(event.door, [entry]);
    else entries.push(entry);
    if (this.unsaid.push(event) === 1) setImmediate(() => this.tell());
  }

  private tell(): void {
    // the trail of steps is for the curious: while the store is away it has gaps, and each grant says so itself
    for (const [door, entries] of this.untold) this.store.record(door, ...entries).catch(() => {});
    this.untold.clear();
    const events = this.unsaid;
    this.unsaid = [];
    for (const each of events) this.log.emit(each);
  }
}
