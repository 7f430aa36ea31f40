import type { IncomingMessage, ServerResponse } from 'node:http';
import { meetDeadlines } from '#grants';
import type { AnswerHead } from './answer-head.js';
import type { RequestFraming, RequestTarget } from './request-fault.js';
import { requestTrailers } from './request-headers.js';
import { answerTrailers, responseHeaders } from './response-headers.js';
import type { Exchanging, UpstreamConnection } from './upstream-connection.js';
import type { UpstreamPool } from './upstream-pool.js';

/** One request on its way through. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: RequestTarget;
  /** For the upstream: name, value, name, value, … without what says how the body is framed. */
  readonly headers: readonly string[];
  readonly framing: RequestFraming;
  /** The Host to name where the client has named none (HTTP/1.0). */
  readonly defaultHost: string | undefined;
  /** The client's Expect field (RFC 9110, 10.1.1). */
  readonly expect: string | undefined;
  /** Whether it comes from a trusted proxy. */
  readonly trusted: boolean;
  readonly upstreamTimeoutMs: number;
  /** The upstream gave no (whole) answer. Called at most once; the response may have begun. */
  readonly failed: (error: Error) => void;
}

/** A body of so many bytes goes out in one piece with its head, copied; beyond that the copy costs more than it saves. */
const SMALL_BODY_BYTES = 16 * 1024;

/** A request on its way upstream over one connection, and its answer on the way back, both streaming. */
export class Forwarding implements Exchanging {
  private connection: UpstreamConnection;
  /** Nothing of it is to be passed on any more, in either direction. */
  private isOver = false;
  private isSent = false;
  private isAnswered = false;
  private awaitsContinue: boolean;
  private answer: AnswerHead | undefined;
  /** There is a head, and no byte of it has been written. */
  private isHeadDue = false;
  private isCorked = false;
  /** The response has been given bytes that are only lent. */
  private hasLent = false;

  constructor(
    private readonly exchange: Exchange,
    private readonly pool: UpstreamPool,
  ) {
    this.awaitsContinue = exchange.expect?.toLowerCase() === '100-continue';
    this.connection = pool.take();
  }

  start(): void {
    const { connection, exchange } = this;
    const { request, framing, upstreamTimeoutMs } = exchange;
    connection.begin(this, request.method!, upstreamTimeoutMs);
    if (framing.kind === 'none') {
      this.isSent = true;
      connection.write(headOf(exchange));
      return;
    }
    connection.cork(); // the head goes out with the beginning of the body, if that is here already
    connection.write(headOf(exchange));
    setImmediate(() => connection.uncork()); // the upstream may want to answer before there is any
    request.on('data', (chunk: Buffer) => this.upload(chunk));
    request.on('end', () => this.endUpload());
  }

  /** The response is closed: over, or its client has left. */
  close(): void {
    const { request, framing } = this.exchange;
    // what is left of an upload: read and thrown away, or the next request could not be read
    if (framing.kind !== 'none') request.resume();
    if (this.isOver) return;
    this.isOver = true;
    this.connection.destroy();
  }

  interim(status: number): void {
    if (status !== 100 || !this.awaitsContinue || this.isOver) return;
    this.awaitsContinue = false;
    this.exchange.response.writeContinue();
  }

  head(answer: AnswerHead): void {
    const { response } = this.exchange;
    if (this.isOver) return;
    this.answer = answer;
    this.isHeadDue = true;
    response.sendDate = false; // the upstream's Date goes through, or none
    try {
      response.writeHead(answer.status, answer.reason, responseHeaders(answer.lines, answer.status));
    } catch (error) {
      this.connection.destroy();
      this.failed(error as Error); // what our reader takes and Node's writer refuses
    }
  }

  data(data: Buffer, last: boolean): void {
    const { request, response } = this.exchange;
    if (this.isOver) return;
    this.isHeadDue = false;
    if (last && data.length <= SMALL_BODY_BYTES) {
      // in one write: end() with data makes two of them
      request.socket.cork();
      response.write(data.toString('latin1'), 'latin1');
      request.socket.uncork();
      return;
    }
    this.hasLent = true;
    if (last) {
      response.end(data);
      return;
    }
    if (!this.isCorked) request.socket.cork(); // what has come at once goes out at once
    this.isCorked = true;
    response.write(data);
  }

  flush(): boolean {
    const { request, response } = this.exchange;
    // an event stream's client waits for it; flushHeaders would write it as UTF-8
    if (this.isHeadDue && !this.isOver) response.write('', 'latin1');
    this.isHeadDue = false;
    if (this.isCorked) request.socket.uncork();
    this.isCorked = false;
    if (!this.hasLent) return true;
    this.hasLent = false;
    if (response.writableLength === 0) return true; // the kernel has taken all of it
    if (response.writableNeedDrain && !this.isOver) this.holdBack();
    return false;
  }

  end(trailers: readonly string[]): void {
    if (this.isOver) return;
    const { response } = this.exchange;
    this.isAnswered = true;
    this.isHeadDue = false;
    if (trailers.length > 0) response.addTrailers(answerTrailers(trailers));
    if (!response.writableEnded) response.end();
    this.isCorked = false;
    this.letGo();
  }

  failed(error: Error): void {
    if (this.isOver) return;
    if (this.mayRetry(error)) {
      this.connection = this.pool.open(); // it cannot be stale
      this.start();
      return;
    }
    this.isOver = true;
    if (!this.isAnswered) this.exchange.failed(error);
  }

  drained(): void {
    this.exchange.request.resume();
  }

  get waitsForClient(): boolean {
    return !this.exchange.request.complete && !this.awaitsContinue && !this.connection.isFull;
  }

  private upload(chunk: Buffer): void {
    meetDeadlines();
    const { connection, exchange } = this;
    const { request, framing } = exchange;
    if (this.isOver || request.socket.destroyed) return; // read and thrown away, or the next request could not be read
    let goesOn: boolean;
    if (framing.kind === 'chunked') {
      connection.cork();
      connection.write(`${chunk.length.toString(16)}\r\n`);
      connection.write(chunk);
      goesOn = connection.write('\r\n');
      connection.uncork();
    } else {
      goesOn = connection.write(chunk);
    }
    if (!goesOn) request.pause();
  }

  private endUpload(): void {
    const { connection, exchange } = this;
    const { request, framing, trusted } = exchange;
    if (this.isOver || request.socket.destroyed) return; // a body that was cut must not look whole
    if (framing.kind === 'chunked') connection.write(lastChunk(requestTrailers(request.rawTrailers, trusted)));
    this.isSent = true;
    this.letGo();
  }

  private holdBack(): void {
    this.connection.pause();
    this.exchange.response.once('drain', () => {
      if (!this.isOver) this.connection.resume();
    });
  }

  /** The connection is free once the request is sent and answered. */
  private letGo(): void {
    if (!this.isSent || !this.isAnswered) return;
    this.isOver = true;
    if (this.answer!.keepsAlive) this.pool.giveBack(this.connection, this.answer!.keepAliveMs);
    else this.connection.destroy();
  }

  /**
   * A kept-alive connection may be closed by the upstream just as a request is put on it. Safe to send again if the
   * request has no body and is idempotent (RFC 9110, 9.2.2), and nobody has begun to answer it.
   */
  private mayRetry(error: NodeJS.ErrnoException): boolean {
    const { request, response, framing } = this.exchange;
    return (
      this.connection.uses > 0 &&
      !this.connection.hasAnswer &&
      (error.code === 'ECONNRESET' || error.code === 'EPIPE') &&
      (request.method === 'GET' || request.method === 'HEAD') &&
      framing.kind === 'none' &&
      !response.destroyed
    );
  }
}

/** SECURITY: the body's framing is said here and nowhere else, so that what follows it is never read as a request. */
function headOf({ request, target, headers, framing, defaultHost, expect }: Exchange): string {
  let text = `${request.method} ${target.path} HTTP/1.1\r\n`;
  if (defaultHost !== undefined) text += `Host: ${defaultHost}\r\n`;
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  if (framing.kind === 'length') text += `Content-Length: ${framing.length}\r\n`;
  else if (framing.kind === 'chunked') text += 'Transfer-Encoding: chunked\r\n';
  if (expect !== undefined) text += `Expect: ${expect}\r\n`;
  return `${text}Connection: keep-alive\r\n\r\n`;
}

function lastChunk(trailers: readonly (readonly [name: string, value: string])[]): string {
  return `0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}
