import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Readiness } from './api-schemas.js';
import { LiveView } from './live-view.js';
import { Open } from './open.decorator.js';

/** For health checks, which have no token. */
@Controller()
@Open()
export class HealthController {
  constructor(@Inject(LiveView) private readonly view: LiveView) {}

  @Get('healthz')
  health(): { readonly ok: true } {
    return { ok: true };
  }

  @Get('readyz')
  readiness(@Res({ passthrough: true }) reply: FastifyReply): Readiness {
    const { readiness } = this.view;
    void reply.code(readiness.ready ? 200 : 503);
    return readiness;
  }
}
