import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { StoreUnavailable } from '#grants';
import { EventLog } from '#telemetry';
import { ApiError } from './api-error.js';

/** Every fault as `{ error }`. What is no fault of the asker is logged, and not told. */
@Catch()
@Injectable()
export class ErrorFilter implements ExceptionFilter {
  constructor(@Inject(EventLog) private readonly log: EventLog) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, error } = this.answerTo(thrown);
    if (status === 429) void reply.header('retry-after', '1');
    if (status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify({ error }));
  }

  private answerTo(thrown: unknown): { readonly status: number; readonly error: string } {
    if (thrown instanceof ApiError)
      return { status: thrown.getStatus(), ...(thrown.getResponse() as { error: string }) };
    if (thrown instanceof StoreUnavailable)
      return { status: 503, error: `store unreachable: ${thrown.message}; try again` };
    const status = statusOf(thrown);
    if (status === 404) return { status, error: 'there is no such address here; /api/openapi.json names them' };
    if (status === 413) return { status, error: 'the body is too large; send what /api/openapi.json says' };
    if (status === 415) return { status, error: 'the body must be JSON; say content-type: application/json' };
    if (status < 500) return { status, error: 'the request cannot be read; send what /api/openapi.json says' };
    this.log.emit({
      event: 'framework',
      severity: 'error',
      text: `console: ${String((thrown as Error)?.stack ?? thrown)}`,
    });
    return { status: 500, error: 'a fault of the console itself; look at its log' };
  }
}

/** Fastify's own errors have it as a field. */
function statusOf(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const { statusCode } = (thrown ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 ? statusCode : 500;
}
