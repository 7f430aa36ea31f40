import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { meetDeadlines } from '#grants';
import type HttpProxy from 'http-proxy';
import { limitSilence } from './limit-silence.js';
import { loadHttpProxy } from './load-http-proxy.js';
import { AnswerFault } from './upstream-fault.js';

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

  constructor() {
    this.proxy = loadHttpProxy().createProxyServer({ toProxy: true });
    this.proxy.on('error', () => {}); // each upgrade has its own handler
  }

  forward(upgrade: Upgrade): void {
    const { request, socket, head, path, upstream: target } = upgrade;
    let agreed = false;
    // http-proxy listens for errors of this socket only once it is upgraded; an ECONNRESET before would end the process
    socket.on('error', () => socket.destroy());
    let upstream: ClientRequest | undefined;
    this.proxy.once('proxyReqWs', (upstreamRequest) => {
      upstream = upstreamRequest;
      upstream.path = path; // to the letter: http-proxy rejoins it
      upstream.on('upgrade', () => (agreed = true));
    });
    this.proxy.ws(request, socket, head, { target }, (error) => {
      if (agreed) upgrade.broken();
      else if (!socket.destroyed) upgrade.failed(error);
    });
    follow(upgrade, upstream!); // behind http-proxy's own listeners
  }
}

function follow({ socket, upstreamTimeoutMs, refused, failed }: Upgrade, upstream: ClientRequest): void {
  const disagree = (from: ClientRequest | Socket): void => {
    from.destroy();
    failed(new AnswerFault('a 101 that does not agree to the WebSocket'));
  };
  // http-proxy would copy a refusal, but decode its body: how that is framed gets lost
  upstream.removeAllListeners('response').on('response', (answer) => {
    // SECURITY: a 101 without its fields is an answer to Node; who got it would speak frames to nobody
    if (answer.statusCode === 101) disagree(upstream);
    else refused(answer);
  });
  limitSilence(upstream, upstreamTimeoutMs, () => false);
  const leave = (): unknown => socket.destroy(); // who leaves before the answer; nobody else looks
  socket.on('end', leave).on('close', () => upstream.destroy());
  const carry = upstream.listeners('upgrade');
  upstream.removeAllListeners('upgrade').on('upgrade', (answer, upstreamSocket: Socket, head: Buffer) => {
    if (!agrees(answer)) return disagree(upstreamSocket);
    for (const each of carry) each.call(upstream, answer, upstreamSocket, head);
    socket.off('end', leave);
    // ahead of http-proxy's, which pass it on
    upstreamSocket.prependListener('data', meetDeadlines);
    socket.prependListener('data', () => {
      meetDeadlines();
      if (socket.destroyed) upstreamSocket.destroy();
    });
    tie(socket, upstreamSocket);
  });
}

/** To what was asked for, and nothing beside it (RFC 6455, 4.1); Node looks whether there is an Upgrade. */
function agrees({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** Neither half outlives the other: http-proxy leaves one open where the other vanishes without a FIN. */
function tie(client: Socket, upstream: Socket): void {
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => client.destroySoon());
}
