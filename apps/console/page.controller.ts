import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './api-error.js';
import { CONSOLE, type ConsoleContext } from './console-context.js';
import { Open } from './open.decorator.js';

const NO_PAGE =
  'knockgate console: the page was not built (npm run build); /api/openapi.json says what else there is\n';

/** The page, which asks for the token itself. */
@Controller()
@Open()
export class PageController {
  constructor(@Inject(CONSOLE) private readonly context: ConsoleContext) {}

  @Get()
  index(@Res() reply: FastifyReply): void {
    const { page } = this.context;
    if (page.size === 0) void reply.type('text/plain; charset=utf-8').send(NO_PAGE);
    else this.send('/index.html', reply);
  }

  @Get('assets/*')
  asset(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.send(request.url, reply);
  }

  @Get('favicon.svg')
  icon(@Res() reply: FastifyReply): void {
    this.send('/favicon.svg', reply);
  }

  /** SECURITY: only what was read at the start, by its whole path; no path is ever looked up in a folder. */
  private send(path: string, reply: FastifyReply): void {
    const file = this.context.page.get(path);
    if (file === undefined) throw new ApiError(404, 'the page has no such file; reload it');
    void reply.type(file.type).send(file.bytes);
  }
}
