import { utimesSync, writeFileSync } from 'node:fs';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Settings } from '#config';
import { GrantStore } from '#grants';
import { EventLog } from '#telemetry';
import { SETTINGS } from './settings.token.js';

/** Something of this process that is well or not. */
export interface Part {
  readonly healthy: boolean;
  /** The store has answered just now. */
  heard?(): void;
}

/**
 * Asks the store once a second, tells the parts when it answers, says once when it is gone and once when it is back,
 * and touches `health_file` while everything is well.
 */
@Injectable()
export class Heartbeat implements OnApplicationBootstrap {
  private readonly parts: Part[] = [];
  private storeAnswers: boolean | undefined;
  private beating = false;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(EventLog) private readonly log: EventLog,
  ) {}

  watch(part: Part): void {
    this.parts.push(part);
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
    if (this.storeAnswers === true && this.parts.every((part) => part.healthy)) this.touch();
  }

  private async ask(): Promise<void> {
    try {
      await this.store.ping();
      for (const part of this.parts) part.heard?.();
      if (this.storeAnswers === false) this.log.emit({ event: 'store_ready' });
      this.storeAnswers = true;
    } catch (error) {
      if (this.storeAnswers !== false) this.log.emit({ event: 'store_unreachable', reason: (error as Error).message });
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
