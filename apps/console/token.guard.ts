import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { ApiError } from './api-error.js';
import { OPEN } from './open.decorator.js';
import { originRefusal } from './request-refusal.js';
import { Sessions } from './sessions.js';

/** Until when a request's session lasts, in milliseconds since the epoch. */
const ends = new WeakMap<FastifyRequest, number>();

/** SECURITY: nobody without the token, and no page of another origin with it, except where a route says `@Open()`. */
@Injectable()
export class TokenGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(Sessions) private readonly sessions: Sessions,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean>(OPEN, [context.getHandler(), context.getClass()])) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const refusal = originRefusal(request.headers);
    if (refusal !== undefined) throw new ApiError(refusal.status, refusal.error);
    const end = this.sessions.endOf(request.headers);
    if (typeof end !== 'number') throw unauthorized(end);
    ends.set(request, end);
    return true;
  }
}

/** Of a request that the guard has let in. */
export function sessionEndMs(request: FastifyRequest): number {
  return ends.get(request) ?? 0;
}

export function unauthorized(kind: 'none' | 'wrong' | 'too_many'): ApiError {
  switch (kind) {
    case 'none':
      return new ApiError(
        401,
        'no session, or it is over; open the link with the token anew, or send Authorization: Bearer TOKEN',
      );
    case 'wrong':
      return new ApiError(401, "wrong token; it is in the console's token file");
    case 'too_many':
      return new ApiError(429, 'too many wrong tokens; wait a second');
    default: {
      const exhaustive: never = kind;
      return exhaustive;
    }
  }
}
