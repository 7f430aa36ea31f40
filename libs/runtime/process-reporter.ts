import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { GrantStore, type ProcessReport } from '#grants';
import { EventLog, LoadGauge, measureLoad, Metrics, oneLine } from '#telemetry';

/** How long a store that hangs may hold up the end of this process. */
const RETIRE_WITHIN_MS = 500;
const MAX_PROBLEMS = 20;
const MAX_PROBLEM_LENGTH = 500;

/** Nest's token for the ProcessIdentity. */
export const IDENTITY = Symbol('IDENTITY');

export interface ProcessIdentity {
  readonly roles: readonly string[];
  readonly version: string;
}

export interface ProcessState {
  readonly healthy: boolean;
  readonly problems: readonly string[];
}

/** Tells the store how this process is. Nobody waits for that, and a store that takes no report is a line in the log. */
@Injectable()
export class ProcessReporter {
  private readonly process: Pick<ProcessReport, 'host' | 'pid' | 'roles' | 'version' | 'startedAt'>;
  private underWay = false;
  private failing = false;
  private retired = false;

  constructor(
    @Inject(IDENTITY) { roles, version }: ProcessIdentity,
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(EventLog) private readonly log: EventLog,
  ) {
    const startedAt = new Date(performance.timeOrigin).toISOString();
    this.process = { host: hostname(), pid: process.pid, roles: roles.join(','), version, startedAt };
    const gauge = new LoadGauge();
    measureLoad(metrics, () => gauge.take());
  }

  /** One at a time: what the store is slow to take is not told. */
  report(state: ProcessState): void {
    if (!this.underWay) void this.send(state);
  }

  /** The process ends: the store forgets it, if it can be told so soon. */
  async retire(): Promise<void> {
    this.retired = true;
    const told = this.store.retire(this.process).catch(() => {}); // it is away: the report ends by its TTL
    await Promise.race([told, delay(RETIRE_WITHIN_MS, undefined, { ref: false })]);
  }

  private async send({ healthy, problems }: ProcessState): Promise<void> {
    this.underWay = true;
    try {
      const metrics = await this.metrics.asJson();
      if (this.retired) return;
      const texts = problems.slice(0, MAX_PROBLEMS).map((text) => oneLine(text).slice(0, MAX_PROBLEM_LENGTH));
      await this.store.report({ ...this.process, healthy, problems: texts, metrics });
      this.failing = false;
    } catch (error) {
      if (!this.failing && !this.retired) this.log.emit({ event: 'report_failed', reason: (error as Error).message });
      this.failing = true;
    } finally {
      this.underWay = false;
    }
  }
}
