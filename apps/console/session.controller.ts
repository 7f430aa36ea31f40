import { Body, Controller, Delete, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { sessionRequestSchema } from './api-schemas.js';
import { Open } from './open.decorator.js';
import { sessionCookie } from './session-cookie.js';
import { Sessions } from './sessions.js';
import { unauthorized } from './token.guard.js';
import { ZodPipe } from './zod.pipe.js';

/** The page's own session: by a cookie, since an EventSource sends no fields of ours. */
@Controller('api/session')
@Open()
export class SessionController {
  constructor(@Inject(Sessions) private readonly sessions: Sessions) {}

  @Post()
  @HttpCode(204)
  begin(
    @Body(new ZodPipe(sessionRequestSchema)) { token }: z.output<typeof sessionRequestSchema>,
    @Req() { headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): void {
    const login = this.sessions.login(token, headers);
    if (login.kind !== 'ok') throw unauthorized(login.kind);
    void reply.header('set-cookie', login.cookie);
  }

  @Delete()
  @HttpCode(204)
  end(@Req() { headers }: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): void {
    void reply.header('set-cookie', sessionCookie(headers, undefined));
  }
}
