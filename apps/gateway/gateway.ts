import { isDeepStrictEqual } from 'node:util';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import type { DoorSettings, Settings } from '#config';
import { proxied } from './proxied.js';
import { SETTINGS } from '#runtime';
import { EventLog, Metrics } from '#telemetry';
import { DoorPort } from './door-port.js';
import { Gate } from './gate.js';
import { Hiding } from './hiding.js';
import { LiveConnections } from './live-connections.js';
import { measureGateway } from './measure-gateway.js';
import { SampleUpstream } from './sample-upstream.js';
import { Serving } from './serving.js';

/** The start waits this long for the grants that live already. */
const FIRST_SNAPSHOT_MS = 1000;

/** The public ports: has one server answer at each listen address, and keeps doors, kernel and gate in step. */
@Injectable()
export class Gateway implements BeforeApplicationShutdown {
  private ports: DoorPort[] = [];
  private doors: readonly DoorSettings[] = [];

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(Hiding) private readonly hiding: Hiding,
    @Inject(Gate) private readonly gate: Gate,
    @Inject(LiveConnections) private readonly connections: LiveConnections,
    @Inject(Serving) private readonly serving: Serving,
    @Inject(SampleUpstream) private readonly sample: SampleUpstream,
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(Metrics) metrics: Metrics,
  ) {
    measureGateway(metrics, serving);
  }

  /**
   * Opens the doors. @param bound sockets from when there were rights to bind them; each is this gateway's from now on
   * @throws ListenFailed
   */
  async open(bound: readonly DoorPort[]): Promise<void> {
    this.ports = [...bound];
    await this.serving.ready();
    for (const port of bound) await port.listen(this.serving.serverFor(port.address, port.door));
    await this.take(proxied(this.settings));
    await this.gate.ready(FIRST_SNAPSHOT_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const port of this.ports) port.close();
    this.gate.close();
    this.sample.close();
    await this.serving.close();
  }

  /**
   * Takes these doors in place of the present ones; those that are as before keep their connections, and an address that
   * stays keeps its socket, which could perhaps not be had again. New addresses are opened before old ones are closed.
   * @throws ListenFailed, HideUnavailable
   */
  async apply(settings: Settings): Promise<void> {
    const doors = proxied(settings);
    const kept = doors.flatMap((door) => this.portsOf(door));
    const gone = this.ports.filter((port) => !kept.includes(port));
    const isTaken = (address: DoorSettings['listen'][number]): boolean => gone.some((port) => port.conflicts(address));
    const isMissing = (address: DoorSettings['listen'][number]): boolean =>
      !kept.some((port) => port.conflicts(address));
    await this.add(doors, (address) => isMissing(address) && !isTaken(address));
    for (const port of gone) port.close();
    this.ports = this.ports.filter((port) => !gone.includes(port));
    await this.add(doors, (address) => isMissing(address) && isTaken(address));
    await this.take(doors);
  }

  gauges(): Record<string, number> {
    const figures = this.serving.figures();
    const { workerCount } = this.serving;
    const connections = figures.reduce((sum, { open }) => sum + open, 0);
    const denied = figures.reduce((sum, one) => sum + one.denied, 0);
    return {
      grants: this.gate.grants,
      connections,
      denied,
      ...(workerCount === undefined ? {} : { workers: workerCount }),
    };
  }

  /** Those of the open ports that fit this door. */
  private portsOf(door: DoorSettings): DoorPort[] {
    const choice = this.hiding.choose(door);
    return door.listen.flatMap((address) => this.ports.filter((port) => port.serves(door, address, choice)));
  }

  /** All of them, or none. */
  private async add(
    doors: readonly DoorSettings[],
    wanted: (address: DoorSettings['listen'][number]) => boolean,
  ): Promise<void> {
    const added: DoorPort[] = [];
    try {
      for (const door of doors) added.push(...DoorPort.bindAll(door, door.listen.filter(wanted), this.hiding));
      for (const port of added) await port.listen(this.serving.serverFor(port.address, port.door));
    } catch (error) {
      for (const port of added) port.close();
      throw error;
    }
    this.ports.push(...added);
  }

  /** Puts doors in force whose ports are open. */
  private async take(doors: readonly DoorSettings[]): Promise<void> {
    const changed = this.doors.filter((old) => !doors.some((door) => isDeepStrictEqual(door, old)));
    this.hiding.trust(doors);
    for (const door of doors) if (!this.doors.some((old) => isDeepStrictEqual(old, door))) await this.openDoor(door);
    for (const { name } of changed) await this.connections.cutAll(name);
    this.doors = doors;
    this.gate.follow(doors);
  }

  private async openDoor(settings: DoorSettings): Promise<void> {
    const upstream = settings.upstream === 'sample' ? await this.sample.url() : settings.upstream;
    const door = { ...settings, upstream };
    for (const address of door.listen) {
      const port = this.ports.find((each) => each.conflicts(address));
      port?.open(door, this.hiding);
      this.log.emit(
        port === undefined
          ? {
              event: 'address_unavailable',
              door: door.name,
              address: `[${address.host}]:${address.port}`,
              reason: 'no IPv6',
            }
          : { event: 'door_listening', door: door.name, address: port.name, mode: door.mode },
      );
    }
    const { hide, because } = this.hiding.choose(door);
    this.log.emit({ event: 'door_hidden', door: door.name, hide, because });
  }
}
