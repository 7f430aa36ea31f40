import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { monotonicMs } from '#grants';
import { EventLog, Metrics, RateLimit } from '#telemetry';
import { CONSOLE, type ConsoleContext } from './console-context.js';
import { ConsoleToken } from './console-token.js';
import { SESSION_MS, sessionCookie, sessionOf } from './session-cookie.js';

/** Wrong tokens, all clients together: more than a person can mistype, and few for the log. */
const WRONG_PER_SECOND = 5;

export type Login = { readonly kind: 'ok'; readonly cookie: string } | { readonly kind: 'wrong' | 'too_many' };

/** Who may ask: whoever has the token, or a session that was given for it. */
@Injectable()
export class Sessions {
  private readonly token: ConsoleToken;
  private readonly wrong = new RateLimit(WRONG_PER_SECOND);
  private refused = 0;

  constructor(
    @Inject(CONSOLE) { token }: ConsoleContext,
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(Metrics) metrics: Metrics,
  ) {
    metrics.read('knockgate_console_refused_total', () => this.refused);
    this.token = new ConsoleToken(token);
  }

  /** Until when, in milliseconds since the epoch; or why not. */
  endOf(headers: IncomingHttpHeaders): number | Exclude<Login['kind'], 'ok'> | 'none' {
    const [, bearer] = /^bearer +(\S+)$/iu.exec(headers.authorization ?? '') ?? [];
    if (bearer !== undefined) return this.token.matches(bearer) ? Infinity : this.refuse();
    const session = sessionOf(headers);
    if (session === undefined) return 'none';
    return this.token.endOf(session, Date.now()) ?? 'none';
  }

  login(token: string, headers: IncomingHttpHeaders): Login {
    if (!this.token.matches(token)) return { kind: this.refuse() };
    return { kind: 'ok', cookie: sessionCookie(headers, this.token.session(Date.now() + SESSION_MS)) };
  }

  /**
   * The right token is let in however many wrong ones there are: 32 characters cannot be tried out, and no user of this
   * host is to keep its operator out. What is bounded is how much the wrong ones cost, and how much of them is logged.
   */
  private refuse(): 'wrong' | 'too_many' {
    this.refused += 1;
    if (!this.wrong.allows(monotonicMs())) return 'too_many';
    this.log.emit({ event: 'console_refused', left_out: this.wrong.takeSuppressed() });
    return 'wrong';
  }
}
