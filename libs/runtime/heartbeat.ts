import { utimesSync, writeFileSync } from 'node:fs';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Settings } from '#config';
import { GrantStore } from '#grants';
import { EventLog, Metrics } from '#telemetry';
import { ProcessReporter } from './process-reporter.js';
import { SETTINGS } from './settings.token.js';

/** Something of this process that is well or not. */
export interface Part {
  /** What is wrong with it, in words for people, without a secret; undefined: it is well. */
  readonly problem: string | undefined;
  /** The store has answered just now. */
  heard?(): void;
}

/**
 * Asks the store once a second, tells the parts when it answers, says once when it is gone and once when it is back,
 * reports there how this process is, and touches `health_file` while everything is well.
 */
@Injectable()
export class Heartbeat implements OnApplicationBootstrap {
  /** Why the config that is there was not taken; undefined: it was. The process goes on, and is well. */
  configRefused: string | undefined;
  private readonly parts: Part[] = [];
  private storeAnswers: boolean | undefined;
  private silence = 'not asked yet';
  private beating = false;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(ProcessReporter) private readonly reporter: ProcessReporter,
    @Inject(Metrics) metrics: Metrics,
  ) {
    metrics.read('knockgate_store_up', () => Number(this.storeAnswers === true));
    metrics.read('knockgate_healthy', () => Number(this.healthy));
  }

  watch(part: Part): void {
    this.parts.push(part);
  }

  /** The store answers and every part is well. */
  get healthy(): boolean {
    return this.storeAnswers === true && this.parts.every(({ problem }) => problem === undefined);
  }

  /** What an operator should look at, a line each. */
  get problems(): readonly string[] {
    const store = this.storeAnswers === true ? undefined : `store unreachable: ${this.silence}`;
    const config = this.configRefused === undefined ? undefined : `config refused: ${this.configRefused}`;
    const all = [store, config, this.log.problem, ...this.parts.map(({ problem }) => problem)];
    return all.filter((problem) => problem !== undefined);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.beat();
  }

  @Interval(1000)
  async beat(): Promise<void> {
    if (this.beating) return; // a slow store: one question at a time
    this.beating = true;
    await this.ask();
    this.beating = false;
    const { healthy } = this;
    if (this.storeAnswers === true) this.reporter.report({ healthy, problems: this.problems });
    if (healthy) this.touch();
  }

  private async ask(): Promise<void> {
    try {
      await this.store.ping();
      for (const part of this.parts) part.heard?.();
      if (this.storeAnswers === false) this.log.emit({ event: 'store_ready' });
      this.storeAnswers = true;
    } catch (error) {
      this.silence = (error as Error).message;
      if (this.storeAnswers !== false) this.log.emit({ event: 'store_unreachable', reason: this.silence });
      this.storeAnswers = false;
    }
  }

  private touch(): void {
    const { healthFile } = this.settings;
    if (healthFile === undefined) return;
    try {
      utimesSync(healthFile, new Date(), new Date());
    } catch {
      writeFileSync(healthFile, '');
    }
  }
}
