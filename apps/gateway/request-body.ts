import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { RequestFraming, RequestTarget } from './request-fault.js';
import { requestTrailers } from './request-headers.js';

/** What the client asked for, beyond its header fields. */
export interface RequestParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: RequestTarget;
  readonly framing: RequestFraming;
  /** The client's Expect field (RFC 9110, 10.1.1). */
  readonly expect: string | undefined;
  /** Whether it comes from a trusted proxy. */
  readonly trusted: boolean;
}

/**
 * The request's body on its way upstream. http-proxy calls `pipe` of its `buffer` option with the upstream request
 * before anything of it is sent, which is the one place to set right what http-proxy would do otherwise: it rejoins the
 * path (merging slashes), frames a DELETE or OPTIONS body as none, and forwards no trailers.
 */
export class RequestBody {
  upstream: ClientRequest | undefined;
  /** Whether the upstream is yet to say that it wants the body. */
  awaitsContinue: boolean;

  constructor(
    private readonly parts: RequestParts,
    /** Told once, before the upstream request is sent. */
    private readonly prepared: (upstream: ClientRequest) => void,
  ) {
    this.awaitsContinue = parts.expect?.toLowerCase() === '100-continue';
  }

  pipe(upstream: ClientRequest): void {
    const { request, target, framing, expect, trusted } = this.parts;
    this.upstream = upstream;
    upstream.path = target.path;
    this.frame(upstream);
    if (expect !== undefined) upstream.setHeader('Expect', expect);
    this.prepared(upstream);
    if (framing.kind === 'none') {
      upstream.end();
      return;
    }
    if (this.awaitsContinue) this.waitForContinue(upstream);
    setImmediate(sendHeader, upstream); // with the beginning of the body, if that is here already
    // before pipe's own listener, which ends the upstream request
    if (framing.kind === 'chunked')
      request.on('end', () => upstream.addTrailers(requestTrailers(request.rawTrailers, trusted)));
    request.pipe(upstream);
  }

  /** SECURITY: the body's framing is said here and nowhere else, so that what follows it is never read as a request. */
  private frame(upstream: ClientRequest): void {
    const { framing } = this.parts;
    if (framing.kind === 'length') upstream.setHeader('Content-Length', framing.length);
    else upstream.removeHeader('content-length');
    if (framing.kind === 'chunked') upstream.setHeader('Transfer-Encoding', 'chunked');
    else upstream.removeHeader('transfer-encoding');
  }

  private waitForContinue(upstream: ClientRequest): void {
    upstream.once('continue', () => {
      this.awaitsContinue = false;
      this.parts.response.writeContinue();
    });
  }
}

/** The upstream may want to answer before there is any body. Not by flushHeaders, which writes fields as UTF-8. */
function sendHeader(upstream: ClientRequest): void {
  if (!upstream.headersSent && !upstream.destroyed) upstream.write('', 'latin1');
}
