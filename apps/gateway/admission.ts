import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { canonicalAddress } from '#address';
import type { DoorSettings, Settings } from '#config';
import { type GrantKey, monotonicMs } from '#grants';
import { EventLog, RateLimit } from '#telemetry';
import type { HeardHeader } from './await-proxy-header.js';
import { isTrusted } from './client-address.js';
import { ConnectionRegistry } from './connection-registry.js';
import { DirectSocket } from './direct-socket.js';
import { DoorConnection } from './door-connection.js';
import { GrantCheck } from './grant-check.js';
import { resetNow } from './reset-now.js';
import { Traffic } from './traffic.js';

/** Lines that strangers can cause. */
const LINES_PER_SECOND = 20;

/** Decides at accept, before a byte of the connection is read, and keeps account of who is in. */
@Injectable()
export class Admission {
  private readonly denials = new RateLimit(LINES_PER_SECOND);
  private readonly refusals = new RateLimit(LINES_PER_SECOND);
  /** How each connection is taken out of the registry again. */
  private readonly leave = new WeakMap<Socket, () => void>();

  constructor(
    @Inject(GrantCheck) private readonly grants: GrantCheck,
    @Inject(ConnectionRegistry) private readonly connections: ConnectionRegistry,
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(Traffic) private readonly traffic: Traffic,
  ) {}

  /** The connection if it may go on; otherwise it has been reset. */
  admit(door: DoorSettings, limits: Settings['limits'], socket: Socket): DoorConnection | undefined {
    const ip = canonicalAddress(socket.remoteAddress ?? '');
    if (ip === undefined) return void socket.destroy(); // it has left already
    const key = { door: door.name, ip };
    const trusted = isTrusted(ip, door.trustedProxies);
    if (!trusted && !this.allows(key)) return this.deny(key, socket);
    const limit = this.exceeded(key, limits, trusted);
    if (limit !== undefined) return this.refuse(key, limit, socket);
    // of what a proxy relays, who it is for is read first, as a stream
    const own = door.mode === 'tcp' && !trusted ? DirectSocket.insteadOf(socket) : socket;
    this.traffic.of(door.name).enter(own);
    return this.enter(new DoorConnection(door, own, ip, trusted));
  }

  /**
   * The connection of the client that a trusted proxy has named ahead of all bytes, if that may go on; otherwise it has been
   * reset. SECURITY: of a relayed connection nothing may go upstream before this.
   */
  admitNamed(
    { door, socket, peer }: DoorConnection,
    limits: Settings['limits'],
    heard: HeardHeader,
  ): DoorConnection | undefined {
    if (heard.kind === 'fault') return this.dismiss({ door: door.name, ip: peer }, heard.reason, socket);
    const connection = new DoorConnection(door, socket, peer, false, heard.route);
    const key = { door: door.name, ip: connection.client };
    if (!this.allows(key)) return this.deny(key, socket);
    this.leave.get(socket)?.(); // it is no longer one of the proxy's
    const limit = this.exceeded(key, limits, false);
    if (limit !== undefined) return this.refuse(key, limit, socket);
    return this.enter(connection);
  }

  private enter(connection: DoorConnection): DoorConnection {
    const { door, client, socket } = connection;
    const key = { door: door.name, ip: client };
    const leave = this.connections.add(key, connection);
    this.leave.set(socket, leave);
    socket.on('close', leave);
    this.log.emit({ event: 'connection', ...key, open: this.connections.of(key) });
    return connection;
  }

  private allows(key: GrantKey): boolean {
    return this.traffic.of(key.door).decided(this.grants.allows(key));
  }

  private deny(key: GrantKey, socket: Socket): undefined {
    resetNow(socket);
    if (this.denials.allows(monotonicMs())) this.log.emit({ event: 'denied', ...key });
  }

  private dismiss(key: GrantKey, reason: string, socket: Socket): undefined {
    resetNow(socket);
    if (this.refusals.allows(monotonicMs())) this.log.emit({ event: 'client_unnamed', ...key, reason });
  }

  private exceeded(key: GrantKey, limits: Settings['limits'], trusted: boolean): string | undefined {
    const { connections } = this;
    if (connections.at(key.door) >= limits.connections) return `${limits.connections} connections at this door`;
    // a proxy's connections are those of many clients
    if (!trusted && connections.of(key) >= limits.connectionsPerIp)
      return `${limits.connectionsPerIp} connections by one IP`;
    return undefined;
  }

  private refuse(key: GrantKey, limit: string, socket: Socket): undefined {
    resetNow(socket);
    if (this.refusals.allows(monotonicMs())) this.log.emit({ event: 'connection_limit', ...key, limit });
  }
}
