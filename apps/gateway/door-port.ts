import { hostPort } from '#address';
import type { DoorSettings, ListenAddress } from '#config';
import { bindFault, closeSocket, type HiddenSocket } from '#kernel';
import type { HidingChoice } from './choose-hiding.js';
import { ListenFailed } from './door-server.js';
import type { Hiding } from './hiding.js';
import type { PortServer } from './serving.js';

/** What a host without IPv6 answers to binding one of its addresses. */
const NO_SUCH_FAMILY = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

/** One public address: bound first, while there are rights to that, and listening later. */
export class DoorPort {
  private server: PortServer | undefined;

  private constructor(
    readonly address: ListenAddress,
    readonly choice: HidingChoice,
    /** Whose it is now. */
    public door: DoorSettings,
    private readonly socket: HiddenSocket | undefined,
  ) {}

  /**
   * Every address of a door, bound; an IPv6 wildcard is left out on a host without IPv6.
   * @throws ListenFailed, HideUnavailable; then nothing is left open
   */
  static bindAll(door: DoorSettings, addresses: readonly ListenAddress[], hiding: Hiding): DoorPort[] {
    const choice = hiding.choose(door);
    const ports: DoorPort[] = [];
    try {
      for (const address of addresses) ports.push(...DoorPort.bind(door, address, { choice, hiding }));
      return ports;
    } catch (error) {
      for (const port of ports) port.close();
      throw error;
    }
  }

  private static bind(
    door: DoorSettings,
    address: ListenAddress,
    { choice, hiding }: { readonly choice: HidingChoice; readonly hiding: Hiding },
  ): DoorPort[] {
    try {
      return [new DoorPort(address, choice, door, hiding.bind(address, choice))];
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      if (address.host === '::' && NO_SUCH_FAMILY.has(code) && door.listen.length > 1) return [];
      throw new ListenFailed(`door ${door.name}: cannot listen on ${hostPort(address)}: ${bindFault(code)}`, {
        cause: error,
      });
    }
  }

  /** The same address, protocol and way of hiding: a door that asks for no more can have it as it is. */
  serves(door: DoorSettings, address: ListenAddress, choice: HidingChoice): boolean {
    return (
      hostPort(this.address) === hostPort(address) &&
      this.door.mode === door.mode &&
      this.choice.hide === choice.hide &&
      this.choice.place === choice.place
    );
  }

  /** Whether another socket can be bound while this one is open. */
  conflicts(address: ListenAddress): boolean {
    return hostPort(this.address) === hostPort(address);
  }

  /** @throws ListenFailed */
  async listen(server: PortServer): Promise<void> {
    this.server = server;
    try {
      await server.listen(this.socket?.fd);
    } catch (error) {
      const code = (error as ListenFailed).message;
      const reason = `door ${this.door.name}: cannot listen on ${hostPort(this.address)}: ${bindFault(code)}`;
      throw new ListenFailed(reason, { cause: error });
    }
  }

  /** Lets those in who may; from now on it is this door's. */
  open(door: DoorSettings, hiding: Hiding): void {
    this.door = door;
    this.server?.open(door);
    this.socket?.publish(hiding.terms(door));
  }

  /** Open connections are the registry's to end. */
  close(): void {
    if (this.server !== undefined) this.server.close();
    else if (this.socket !== undefined) closeSocket(this.socket.fd);
    this.socket?.release();
  }

  get name(): string {
    return hostPort(this.address);
  }
}
