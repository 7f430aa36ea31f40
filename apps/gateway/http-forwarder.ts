import { Agent as HttpAgent, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Stream } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type HttpProxy from 'http-proxy';
import { limitSilence } from './limit-silence.js';
import { loadHttpProxy } from './load-http-proxy.js';
import { relayAnswer } from './relay-answer.js';
import { RequestBody, type RequestParts } from './request-body.js';

/** Shorter than the keep-alive time of common upstreams (nginx: 75 s), so that seldom a request meets its closing. */
const IDLE_UPSTREAM_MS = 30_000;
const AGENT = { keepAlive: true, maxFreeSockets: 256, timeout: IDLE_UPSTREAM_MS } as const;

/** One request on its way through. */
export interface Exchange extends RequestParts {
  /** Origin of the upstream, without a path. */
  readonly upstream: string;
  readonly upstreamTimeoutMs: number;
  /** The upstream gave no (whole) answer. Called at most once; the response may have begun, or even be over. */
  readonly failed: (error: Error) => void;
}

/** Forwards requests with http-proxy, over kept-alive connections, streaming both ways. */
@Injectable()
export class HttpForwarder {
  private readonly proxy: HttpProxy;
  private readonly agents = { http: new HttpAgent(AGENT), https: new HttpsAgent(AGENT) };

  constructor() {
    // toProxy: the path is passed over, where http-proxy would parse it, which throws on some; RequestBody sets it
    this.proxy = loadHttpProxy().createProxyServer({ selfHandleResponse: true, toProxy: true });
    this.proxy.on('error', () => {}); // each exchange has its own handler
  }

  forward(exchange: Exchange): void {
    const { request, response } = exchange;
    response.on('close', () => {
      // what is left of an upload after the answer: read and thrown away, or the next request could not be read
      request.unpipe();
      request.resume();
    });
    const agent = exchange.upstream.startsWith('https:') ? this.agents.https : this.agents.http;
    this.send({ ...exchange, failed: once((error) => exchange.failed(error)) }, agent);
  }

  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }

  private send(exchange: Exchange, agent: HttpAgent | undefined): void {
    const { request, response, upstream: target, failed } = exchange;
    const body = new RequestBody(exchange, (upstream) => follow(exchange, body, upstream));
    this.proxy.web(request, response, { target, agent, buffer: body as unknown as Stream }, (error) => {
      // the second time on a connection of its own, which cannot be stale
      if (agent !== undefined && mayRetry(exchange, body, error)) this.send(exchange, undefined);
      else failed(error);
    });
  }
}

function follow(
  { request, response, upstreamTimeoutMs, failed }: Exchange,
  body: RequestBody,
  upstream: ClientRequest,
): void {
  limitSilence(
    upstream,
    upstreamTimeoutMs,
    () => !request.complete && !body.awaitsContinue && !upstream.writableNeedDrain,
  );
  upstream.maxHeadersCount = 0; // bounded by their size
  upstream.on('response', (answer) => relayAnswer(answer, response, failed));
  upstream.on('upgrade', (_answer, socket: Socket) => {
    socket.destroy();
    failed(new Error('an upgrade that nobody asked for'));
  });
  // http-proxy leaves the upstream request open when the client goes away while the upstream is silent
  response.on('close', () => upstream.destroy());
}

/**
 * A kept-alive connection may be closed by the upstream just as a request is put on it. Safe to send again if the
 * request has no body and is idempotent (RFC 9110, 9.2.2; Node: ClientRequest.reusedSocket).
 */
function mayRetry(
  { request, response, framing }: Exchange,
  { upstream }: RequestBody,
  error: NodeJS.ErrnoException,
): boolean {
  return (
    upstream?.reusedSocket === true &&
    (error.code === 'ECONNRESET' || error.code === 'EPIPE') &&
    (request.method === 'GET' || request.method === 'HEAD') &&
    framing.kind === 'none' &&
    !response.headersSent &&
    !response.destroyed
  );
}

function once(listener: (error: Error) => void): (error: Error) => void {
  let called = false;
  return (error) => {
    if (called) return;
    called = true;
    listener(error);
  };
}
