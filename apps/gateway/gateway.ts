import type { Socket } from 'node:net';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { DoorSettings, ListenAddress, Settings } from '#config';
import { SETTINGS } from '#runtime';
import { EventLog } from '#telemetry';
import { Admission } from './admission.js';
import type { DoorConnection } from './door-connection.js';
import { DoorServer, ListenFailed } from './door-server.js';
import { FastifyFront } from './fastify-front.js';
import { Gate } from './gate.js';
import { HttpForwarder } from './http-forwarder.js';
import { RequestHandler } from './request-handler.js';
import { SampleUpstream } from './sample-upstream.js';
import { TcpRelay } from './tcp-relay.js';

/** What a host without IPv6 answers to listening on one of its addresses. */
const NO_SUCH_FAMILY = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

/** The start waits this long for the grants that live already. */
const FIRST_SNAPSHOT_MS = 1000;

/** The public ports: opens one server for each listen address, and lets in whom the gate allows. */
@Injectable()
export class Gateway implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private open = new Map<string, { readonly identity: string; readonly servers: readonly DoorServer[] }>();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(Gate) private readonly gate: Gate,
    @Inject(Admission) private readonly admission: Admission,
    @Inject(FastifyFront) private readonly front: FastifyFront,
    @Inject(RequestHandler) private readonly requests: RequestHandler,
    @Inject(HttpForwarder) private readonly forwarder: HttpForwarder,
    @Inject(TcpRelay) private readonly tcp: TcpRelay,
    @Inject(SampleUpstream) private readonly sample: SampleUpstream,
    @Inject(EventLog) private readonly log: EventLog,
  ) {
    front.handOver((request, response) => requests.handle(request, response));
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.front.ready();
    await this.apply(this.settings);
    await this.gate.ready(FIRST_SNAPSHOT_MS);
  }

  beforeApplicationShutdown(): void {
    for (const door of this.open.keys()) this.closeDoor(door);
    this.gate.close();
    this.forwarder.close();
    this.sample.close();
  }

  /** Takes these doors in place of the present ones; those that are as before keep their connections. */
  async apply({ doors, limits }: Settings): Promise<void> {
    const wanted = new Map(doors.map((door) => [door.name, JSON.stringify([door, limits])]));
    for (const [name, { identity }] of this.open) if (wanted.get(name) !== identity) this.closeDoor(name);
    for (const door of doors) {
      if (!this.open.has(door.name)) await this.openDoor(door, limits, wanted.get(door.name)!);
    }
    this.gate.follow(doors);
  }

  gauges(): Record<string, number> {
    return { grants: this.gate.grants, connections: this.gate.connections.size, denied: this.admission.denied };
  }

  private async openDoor(settings: DoorSettings, limits: Settings['limits'], identity: string): Promise<void> {
    const upstream = settings.upstream === 'sample' ? await this.sample.url() : settings.upstream;
    const door = { ...settings, upstream };
    const servers: DoorServer[] = [];
    this.open.set(door.name, { identity, servers });
    for (const address of door.listen) {
      const server = this.serverFor(door, address, limits);
      if (await this.listen(server, door, address)) servers.push(server);
    }
    this.log.emit({
      event: 'door_hidden',
      door: door.name,
      hide: 'reset',
      because: 'connections without a grant are reset at accept; this version does not hide the port in the kernel',
    });
  }

  private async listen(server: DoorServer, door: DoorSettings, { host, port }: ListenAddress): Promise<boolean> {
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    try {
      await server.listen();
    } catch (error) {
      const code = (error as ListenFailed).message;
      if (host !== '::' || !NO_SUCH_FAMILY.has(code) || door.listen.length === 1) {
        throw new ListenFailed(`door ${door.name}: cannot listen on ${address}: ${explain(code)}`, { cause: error });
      }
      this.log.emit({ event: 'address_unavailable', door: door.name, address, reason: code });
      return false;
    }
    this.log.emit({ event: 'door_listening', door: door.name, address, mode: door.mode });
    return true;
  }

  private serverFor(door: DoorSettings, address: ListenAddress, limits: Settings['limits']): DoorServer {
    const admit = (socket: Socket): DoorConnection | undefined => this.admission.admit(door, limits, socket);
    if (door.mode === 'tcp')
      return DoorServer.tcp(address, { admit, relay: (connection) => this.tcp.relay(connection) });
    return DoorServer.http(address, limits, {
      admit,
      serve: (connection) => this.requests.serve(connection),
      request: this.front.listener,
      upgrade: (upgrade) => this.requests.upgrade(upgrade),
      unreadable: (error, socket) => this.requests.unreadable(error, socket),
    });
  }

  private closeDoor(name: string): void {
    for (const server of this.open.get(name)?.servers ?? []) server.close();
    this.open.delete(name);
    this.gate.connections.cutAll(name);
  }
}

function explain(code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another process listens there (ss -ltnp shows which); stop it or choose another port';
    case 'EACCES':
      return 'ports below 1024 want root or CAP_NET_BIND_SERVICE';
    case 'EADDRNOTAVAIL':
      return 'this host has no such address';
    default:
      return code;
  }
}
