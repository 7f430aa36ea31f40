import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { meetDeadlines } from '#grants';
import { wasReset } from '#kernel';
import { EventLog } from '#telemetry';
import { DirectSocket } from './direct-socket.js';
import type { DoorConnection } from './door-connection.js';
import { KEEP_ALIVE } from './door-server.js';
import { limitHalfOpen } from './limit-half-open.js';
import { proxyHeader } from './proxy-header.js';
import { resetNow } from './reset-now.js';
import { UpstreamTimeout, upstreamReason, upstreamStatus } from './upstream-fault.js';

const NO_HEADER = Buffer.alloc(0);

/** Relays the bytes of any TCP service, both ways, with backpressure, half-close, and a reset as a reset. */
@Injectable()
export class TcpRelay {
  constructor(@Inject(EventLog) private readonly log: EventLog) {}

  relay(connection: DoorConnection): void {
    const { door, socket: client } = connection;
    const header = headerOf(connection);
    if (header === undefined) return connection.cut();
    // the whole connection is one exchange: `on_expiry: drain` lets it end by itself
    client.on('close', connection.begin());
    const upstream = this.connect(connection);
    // SECURITY: ahead of any byte of the client's, who could name himself as he likes
    if (header.length > 0) upstream.write(header);
    upstream.once('connect', () => carryRequests(client, upstream));
    // a transfer that broke off must not look whole, to neither side
    upstream.on('end', () => (wasReset(upstream) ? connection.cut() : client.end()));
    client.on('end', () => (wasReset(client) ? connection.cut() : upstream.end()));
    client.on('close', () => isOver(client) || resetNow(upstream));
    upstream.on('close', () => isOver(upstream) || connection.cut());
    client.on('error', () => {}); // it closes
    limitHalfOpen(client, upstream, door.upstreamTimeoutMs);
  }

  /** Within `upstream_timeout`, or it is closed. */
  private connect({ door, socket: client }: DoorConnection): Socket {
    const { hostname, port } = new URL(door.upstream); // tcp://host:port
    const host = hostname.replaceAll(/^\[|\]$/gu, '');
    const upstream = DirectSocket.connect({
      host,
      port: Number(port),
      allowHalfOpen: true,
      noDelay: true,
      ...KEEP_ALIVE,
    });
    upstream.relayTo(client);
    upstream.setTimeout(door.upstreamTimeoutMs, () => upstream.destroy(new UpstreamTimeout('no connection')));
    let connected = false;
    upstream.once('connect', () => {
      connected = true;
      upstream.setTimeout(0);
    });
    upstream.on('error', (error) => {
      if (connected) return;
      const reason = upstreamReason(error);
      this.log.emit({ event: 'upstream_failed', door: door.name, reason, status: upstreamStatus(error) });
    });
    return upstream;
  }
}

/** Undefined if the connection has gone. */
function headerOf({ door, route }: DoorConnection): Buffer | undefined {
  if (door.proxyProtocol === 'off') return NO_HEADER;
  return route && proxyHeader(door.proxyProtocol, route);
}

/** What the client has sent meanwhile, too. One who was named by a proxy has been read as a stream. */
function carryRequests(client: Socket, upstream: Socket): void {
  if (client instanceof DirectSocket) client.relayTo(upstream);
  else carryStream(client, upstream);
  client.resume();
}

function carryStream(client: Socket, upstream: Socket): void {
  client.on('data', (chunk) => {
    meetDeadlines();
    if (client.destroyed) return;
    // a large chunk counts as too much even if the kernel has taken it
    if (!upstream.write(chunk) && upstream.writableLength > 0) client.pause();
  });
  upstream.on('drain', () => {
    if (client.isPaused()) client.resume();
  });
}

/** Closed in good order, after the last byte of either side. */
function isOver(socket: Socket): boolean {
  return socket.readableEnded && socket.writableFinished;
}
