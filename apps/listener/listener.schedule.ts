import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { EventLog } from '#telemetry';
import { KnockListener } from './knock-listener.js';

/** The listener's periodic work. */
@Injectable()
export class ListenerSchedule {
  constructor(
    @Inject(KnockListener) private readonly listener: KnockListener,
    @Inject(EventLog) private readonly log: EventLog,
  ) {}

  @Interval(100)
  sweepAttempts(): void {
    this.listener.sweep();
  }

  @Interval(1000)
  async followClaims(): Promise<void> {
    await this.listener.followClaims();
  }

  @Interval(250)
  watchCapture(): void {
    this.listener.watchCapture();
  }

  @Interval(5000)
  async refreshServedPorts(): Promise<void> {
    await this.listener.refreshServedPorts();
  }

  @Interval(5000)
  reportSuppressed(): void {
    this.listener.reportSuppressed();
  }

  @Interval(1000)
  reportDrops(): void {
    this.listener.reportDrops();
  }

  @Interval(10_000)
  reportGauges(): void {
    this.log.emit({ event: 'gauges', process: 'listener', ...this.listener.gauges() });
  }
}
