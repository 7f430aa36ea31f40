import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './api-error.js';
import type { State } from './api-schemas.js';
import { LiveView } from './live-view.js';
import { StreamHub } from './stream-hub.js';
import { sessionEndMs } from './token.guard.js';

@Controller('api')
export class StateController {
  constructor(
    @Inject(LiveView) private readonly view: LiveView,
    @Inject(StreamHub) private readonly hub: StreamHub,
  ) {}

  @Get('state')
  state(): State {
    return this.view.state();
  }

  @Get('stream')
  stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (!this.hub.open(reply.raw, sessionEndMs(request))) {
      throw new ApiError(503, 'too many streams are open; close another page of the console');
    }
    reply.hijack();
  }
}
