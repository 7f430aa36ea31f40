import { type EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vi } from 'vitest';

/** A Node HTTP server on loopback whose answer each test chooses; keeps account of what reached it. */
export class HttpUpstream implements AsyncDisposable {
  /** Answers requests; each test may put its own here. */
  handler: RequestListener = hello;
  readonly requests: IncomingMessage[] = [];
  readonly responses: ServerResponse[] = [];
  /** How many requests and upgraded connections are under way. */
  busy = 0;
  /** How many connections there have been since the last `reset`. */
  connections = 0;

  private constructor(readonly server: Server) {
    server.on('connection', () => {
      this.connections += 1;
    });
    const take: RequestListener = (request, response) => {
      this.requests.push(request);
      this.responses.push(response);
      this.busyUntilClosed(response);
      this.handler(request, response);
    };
    server.on('request', take);
    server.on('checkContinue', take);
  }

  static async start(): Promise<HttpUpstream> {
    const server = createServer({ keepAliveTimeout: 600_000, requestTimeout: 0, maxHeaderSize: 128 * 1024 });
    server.maxHeadersCount = 0; // none is dropped
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HttpUpstream(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Forgets what came so far; connections that idle are closed. */
  reset(): void {
    this.handler = hello;
    this.requests.length = 0;
    this.responses.length = 0;
    this.server.closeIdleConnections();
    this.connections = 0;
  }

  /** Counts this as busy. */
  busyUntilClosed(what: EventEmitter): void {
    this.busy += 1;
    what.once('close', () => (this.busy -= 1));
  }

  /** Waits until nothing is under way any more. */
  async idle(): Promise<void> {
    await vi.waitUntil(() => this.busy === 0, { timeout: 10_000, interval: 5 });
  }

  /** Waits until this many requests have come since the last `reset`, and hands back the latest. */
  async request(count = 1): Promise<IncomingMessage> {
    await vi.waitUntil(() => this.requests.length >= count, { timeout: 10_000, interval: 5 });
    return this.requests[count - 1]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

/** The whole body of a message, as latin1 text. */
export async function bodyOf(message: IncomingMessage): Promise<string> {
  let text = '';
  message.setEncoding('latin1');
  for await (const chunk of message) text += chunk as string;
  return text;
}

/** Reads the request to its end, then answers. */
function hello(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  request.on('end', () => response.end('hello'));
}
