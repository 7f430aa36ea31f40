import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Metrics } from '#telemetry';
import { aggregated } from './aggregated.js';
import { StoreState } from './store-state.js';

/** For Prometheus, which sends the token as a bearer's. */
@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(StoreState) private readonly store: StoreState,
    @Inject(Metrics) private readonly own: Metrics,
  ) {}

  /** Of all processes that share the store; of this one alone while that is away. */
  @Get()
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    const { reports } = this.store;
    const all = reports.length === 0 ? [await this.own.asJson()] : reports.map(({ metrics }) => metrics);
    const { type, text } = await aggregated(all);
    await reply.type(type).send(text);
  }
}
