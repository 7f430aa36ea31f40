import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import type HttpProxy from 'http-proxy';
import { limitSilence } from './limit-silence.js';
import { loadHttpProxy } from './load-http-proxy.js';

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** What the client sent behind the request. */
  readonly head: Buffer;
  readonly path: string;
  readonly upstream: string;
  readonly upstreamTimeoutMs: number;
  /** The upstream answered as if to an ordinary request. */
  readonly refused: (answer: IncomingMessage) => void;
  /** The upstream did not answer; the connection is still open unless the client left. */
  readonly failed: (error: Error) => void;
  /** The upstream broke off after it had agreed. */
  readonly broken: () => void;
}

/** Forwards WebSocket handshakes (RFC 6455) with http-proxy, and ties the two connections together. */
@Injectable()
export class UpgradeForwarder {
  private readonly proxy: HttpProxy;
  private readonly pending = new WeakMap<IncomingMessage, Upgrade>();
  private readonly agreed = new WeakSet<Socket>();

  constructor() {
    this.proxy = loadHttpProxy().createProxyServer({ toProxy: true });
    this.proxy.on('proxyReqWs', (upstreamRequest, request) => this.prepare(upstreamRequest, request));
    this.proxy.on('error', () => {}); // each upgrade has its own handler
  }

  forward(upgrade: Upgrade): void {
    const { request, socket, head, upstream } = upgrade;
    this.pending.set(request, upgrade);
    // http-proxy listens for errors of this socket only once it is upgraded; an ECONNRESET before would end the process
    socket.on('error', () => socket.destroy());
    this.proxy.ws(request, socket, head, { target: upstream }, (error) => {
      if (this.agreed.has(socket)) upgrade.broken();
      else if (!socket.destroyed) upgrade.failed(error);
    });
  }

  private prepare(upstreamRequest: ClientRequest, request: IncomingMessage): void {
    const { socket, path, upstreamTimeoutMs, refused } = this.pending.get(request)!;
    upstreamRequest.path = path; // to the letter: http-proxy rejoins it
    limitSilence(upstreamRequest, upstreamTimeoutMs, () => false);
    socket.on('close', () => upstreamRequest.destroy());
    upstreamRequest.on('upgrade', (_answer, upstreamSocket: Socket) => {
      this.agreed.add(socket);
      tie(socket, upstreamSocket);
    });
    upstreamRequest.on('response', (answer) => {
      Object.assign(answer, { upgrade: true }); // so http-proxy leaves it alone, which would lose how the body is framed
      refused(answer);
    });
  }
}

/** Neither half outlives the other: http-proxy leaves one open where the other vanishes without a FIN. */
function tie(client: Socket, upstream: Socket): void {
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => client.destroySoon());
}
