import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import type { DoorSettings } from '#config';
import { type AuditEntry, GrantStore, type GrantRequest, monotonicMs } from '#grants';
import { DoorCounts, EventLog, Metrics } from '#telemetry';
import { bridgeGateway } from './bridge-gateway.js';

/** Grants on their way to the store. More are refused: whoever completes a sequence that often is no person. */
const MAX_UNDER_WAY = 1000;

/** A knock that completed a sequence. */
export interface CompletedKnock {
  /** Canonical. */
  readonly ip: string;
  /** When its last packet was heard, on the monotonic clock. */
  readonly heardMs: number;
  /** Token of the one-time sequence that was knocked. */
  readonly once?: string;
  /** Takes what the audit trail has not been told of its steps yet. */
  readonly takeSteps: () => readonly AuditEntry[];
}

export type GrantResult = 'opened' | 'extended' | 'bridge_refused' | 'sequence_used' | 'grant_failed';

/** Turns a completed knock into a grant. */
@Injectable()
export class GrantWriter {
  private readonly listener = `${hostname()}:${process.pid}`;
  /** Addresses that are granted nothing. */
  readonly bridge = bridgeGateway();
  private readonly counts = new DoorCounts(['opened', 'extended']);
  private readonly times: ReturnType<Metrics['histogram']>;
  private underWay = 0;

  constructor(
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(Metrics) metrics: Metrics,
  ) {
    metrics.read('knockgate_grants_opened_total', () => this.counts.only('opened'));
    metrics.read('knockgate_grants_extended_total', () => this.counts.only('extended'));
    this.times = metrics.histogram('knockgate_time_to_open_seconds');
  }

  /** From now on these doors have counts. */
  know(doors: readonly DoorSettings[]): void {
    this.counts.know(doors);
  }

  /** Says so if this host is placed where no client can be told from another. */
  warnOfBridge(): void {
    for (const ip of this.bridge) this.log.emit({ event: 'bridge_gateway', ip });
  }

  /** Never rejects: what came of it is the answer, and is logged. */
  async open(door: DoorSettings, knock: CompletedKnock): Promise<GrantResult> {
    const { ip } = knock;
    // SECURITY: behind a bridge this address stands for everybody.
    if (this.bridge.includes(ip)) {
      this.log.emit({ event: 'bridge_refused', ip, door: door.name });
      return 'bridge_refused';
    }
    if (this.underWay >= MAX_UNDER_WAY) {
      this.log.emit({ event: 'grant_failed', ip, door: door.name, reason: 'too many grants under way' });
      return 'grant_failed';
    }
    const request = { door: door.name, ip, ttlMs: door.cmdTimeoutMs, method: 'knock', listener: this.listener };
    return this.write(request, knock);
  }

  private async write(request: GrantRequest, { once, heardMs, takeSteps }: CompletedKnock): Promise<GrantResult> {
    const { door, ip, method } = request;
    this.underWay += 1;
    try {
      if (once !== undefined && !(await this.store.claim(door, once))) {
        this.log.emit({ event: 'sequence_used', ip, door });
        return 'sequence_used';
      }
      const { kind, grant } = await this.store.grant({ ...request, steps: takeSteps() });
      this.times.observe((monotonicMs() - heardMs) / 1000);
      this.counts.of(door)[kind] += 1;
      const seconds = Math.round(Math.max(request.ttlMs, grant.deadlineMs - performance.now()) / 1000);
      this.log.emit({ event: kind, ip, door, seconds, method });
      return kind;
    } catch (error) {
      this.log.emit({ event: 'grant_failed', ip, door, reason: (error as Error).message });
      return 'grant_failed';
    } finally {
      this.underWay -= 1;
    }
  }
}
