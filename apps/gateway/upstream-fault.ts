/** The upstream did not begin to answer in time (`upstream_timeout`). */
export class UpstreamTimeout extends Error {
  override readonly name = 'UpstreamTimeout';
  readonly code = 'ETIMEDOUT';
}

/** The upstream ended the connection before it had answered; on a kept-alive one the request may never have been seen. */
export class UpstreamHangUp extends Error {
  override readonly name = 'UpstreamHangUp';
  readonly code = 'ECONNRESET';
}

/** What the upstream sent is no answer that two readers would read alike (RFC 9112); the message says why. */
export class AnswerFault extends Error {
  override readonly name = 'AnswerFault';
}

/** The status that tells a client of an upstream fault (RFC 9110, 15.6.3 and 15.6.5). */
export function upstreamStatus(error: Error): 502 | 504 {
  return (error as NodeJS.ErrnoException).code === 'ETIMEDOUT' ? 504 : 502;
}

/** For the log: the error's code where it has one; its text may name addresses, which is the operator's to read. */
export function upstreamReason(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
