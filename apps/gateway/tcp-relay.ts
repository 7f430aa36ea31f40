import { connect } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { EventLog } from '#telemetry';
import type { DoorConnection } from './door-connection.js';
import { resetNow } from './reset-now.js';
import { UpstreamTimeout, upstreamReason, upstreamStatus } from './upstream-fault.js';

/** Relays the bytes of any TCP service, both ways, with backpressure and half-close. */
@Injectable()
export class TcpRelay {
  constructor(@Inject(EventLog) private readonly log: EventLog) {}

  relay(connection: DoorConnection): void {
    const { door, socket: client } = connection;
    const { hostname, port } = new URL(door.upstream); // tcp://host:port
    const host = hostname.replaceAll(/^\[|\]$/gu, '');
    // the whole connection is one exchange: `on_expiry: drain` lets it end by itself
    client.on('close', connection.begin());
    const upstream = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    upstream.setTimeout(door.upstreamTimeoutMs, () => upstream.destroy(new UpstreamTimeout('no connection')));
    let connected = false;
    upstream.on('connect', () => {
      connected = true;
      upstream.setTimeout(0);
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', (error) => {
      connection.cut();
      const reason = upstreamReason(error);
      if (!connected)
        this.log.emit({ event: 'upstream_failed', door: door.name, reason, status: upstreamStatus(error) });
    });
    client.on('error', () => resetNow(upstream));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroySoon());
  }
}
