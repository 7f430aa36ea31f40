import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import type { DoorSettings, ListenAddress, Settings } from '#config';
import { SETTINGS } from '#runtime';
import { NO_LOAD, type ProcessLoad } from '#telemetry';
import { Admission } from './admission.js';
import { awaitProxyHeader } from './await-proxy-header.js';
import type { DoorConnection } from './door-connection.js';
import type { DoorFigures } from './door-traffic.js';
import { DoorServer } from './door-server.js';
import { FastifyFront } from './fastify-front.js';
import { HttpForwarder } from './http-forwarder.js';
import { RequestHandler } from './request-handler.js';
import type { PortServer, Serving } from './serving.js';
import { TcpRelay } from './tcp-relay.js';
import { Traffic } from './traffic.js';

/** Answers in this process: one server for each address, behind the gate. */
@Injectable()
export class LocalServing implements Serving {
  /** Called after each connection that was accepted. */
  accepted: () => void = () => {};

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(Admission) private readonly admission: Admission,
    @Inject(FastifyFront) private readonly front: FastifyFront,
    @Inject(RequestHandler) private readonly requests: RequestHandler,
    @Inject(HttpForwarder) private readonly forwarder: HttpForwarder,
    @Inject(TcpRelay) private readonly tcp: TcpRelay,
    @Inject(Traffic) private readonly traffic: Traffic,
  ) {
    front.handOver((request, response) => requests.handle(request, response));
  }

  ready(): Promise<void> {
    return this.front.ready();
  }

  serverFor(address: ListenAddress, door: DoorSettings): PortServer {
    let current = door;
    this.traffic.of(door.name); // its counts begin at 0
    const { limits } = this.settings;
    const server = this.doorServer(address, door.mode, (socket) => {
      const connection = this.admission.admit(current, limits, socket);
      this.accepted();
      return connection;
    });
    return {
      listen: (at) => server.listen(at),
      open: (next) => void (current = next),
      close: () => server.close(),
    };
  }

  figures(): readonly DoorFigures[] {
    return this.traffic.figures();
  }

  load(): ProcessLoad {
    return NO_LOAD;
  }

  readonly workerCount = undefined;

  close(): Promise<void> {
    this.forwarder.close();
    return Promise.resolve();
  }

  private doorServer(
    address: ListenAddress,
    mode: DoorSettings['mode'],
    admit: (socket: Socket) => DoorConnection | undefined,
  ): DoorServer {
    if (mode === 'tcp') return DoorServer.tcp(address, { admit, relay: (connection) => this.relay(connection) });
    return DoorServer.http(address, this.settings.limits, {
      admit,
      serve: (connection) => this.requests.serve(connection),
      request: this.front.listener,
      upgrade: (upgrade) => this.requests.upgrade(upgrade),
      unreadable: (error, socket) => this.requests.unreadable(error, socket),
    });
  }

  private relay(connection: DoorConnection): void {
    if (!connection.trusted) return this.tcp.relay(connection);
    const { limits } = this.settings;
    awaitProxyHeader(connection.socket, limits.headerTimeoutMs, (heard) => {
      const named = this.admission.admitNamed(connection, limits, heard);
      if (named !== undefined) this.tcp.relay(named);
    });
  }
}
