import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { EventLog } from '#telemetry';
import { Gate } from './gate.js';
import { Gateway } from './gateway.js';

/** The gateway's periodic work. */
@Injectable()
export class GatewaySchedule {
  constructor(
    @Inject(Gate) private readonly gate: Gate,
    @Inject(Gateway) private readonly gateway: Gateway,
    @Inject(EventLog) private readonly log: EventLog,
  ) {}

  /** Changes arrive at once; this is for the one that did not. */
  @Interval(30_000)
  reconcile(): void {
    this.gate.reconcile();
  }

  @Interval(10_000)
  reportGauges(): void {
    this.log.emit({ event: 'gauges', process: 'gateway', ...this.gateway.gauges() });
  }
}
