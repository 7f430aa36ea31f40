import { networkInterface, type PacketFilter, PacketSocket, packetSocketProgram } from '#kernel';
import { decodeIPv4, decodeIPv6, type Packet } from '#wire';
import {
  type Capture,
  CaptureDenied,
  type CapturePlan,
  deafOn,
  interfaceGone,
  RECEIVE_BUFFER_BYTES,
} from './capture.js';
import { CopyFilter } from './copy-filter.js';

const ALL_INTERFACES = 0;
const VERSION_4 = 4;

interface Open {
  readonly socket: PacketSocket;
  /** Undefined: all interfaces. */
  readonly name: string | undefined;
  index: number;
}

/** Hears packets through packet sockets: what arrives at the host, also what its firewall will drop. */
export class PacketCapture implements Capture {
  private sockets: Open[] = [];
  private filters: readonly PacketFilter[] = [];
  private interfaces: readonly string[] = [];
  private readonly copies = new CopyFilter();

  constructor(
    private readonly onPacket: (packet: Packet) => void,
    private readonly onError: (error: Error) => void,
  ) {}

  /** On the same interfaces as before the sockets stay and take new filters: no packet is lost. */
  open({ filters, interfaces }: CapturePlan): void {
    this.filters = filters;
    if (this.sockets.length > 0 && interfaces.join() === this.interfaces.join()) return this.applyFilters();
    const before = this.sockets;
    const opened: Open[] = [];
    try {
      for (const name of interfaces.length === 0 ? [undefined] : interfaces) opened.push(this.openOne(name));
    } catch (error) {
      for (const { socket } of opened) socket.close();
      throw error;
    }
    this.sockets = opened;
    this.interfaces = interfaces;
    for (const { socket } of before) socket.close();
  }

  get description(): string {
    return this.interfaces.length === 0 ? 'all interfaces' : this.interfaces.join(', ');
  }

  get receiveBufferBytes(): number {
    return Math.min(...this.sockets.map(({ socket }) => socket.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES));
  }

  get slow(): string | undefined {
    return this.sockets.find(({ socket }) => socket.ringRefused !== undefined)?.socket.ringRefused;
  }

  setSkippedPorts(skippedPorts: readonly number[]): void {
    this.filters = this.filters.map((filter) => ({ ...filter, skippedPorts }));
    this.applyFilters();
  }

  /** A bound socket follows its interface down and up; one that is made anew has another index. */
  watch(): void {
    for (const open of this.sockets) {
      open.socket.watch();
      if (open.name === undefined) continue;
      const index = networkInterface(open.name)?.index;
      if (index === undefined || index === open.index) continue;
      open.socket.bind(index);
      open.index = index;
    }
  }

  get deaf(): string | undefined {
    return deafOn(this.interfaces);
  }

  get drops(): number {
    return this.sockets.reduce((sum, { socket }) => sum + socket.drops, 0);
  }

  close(): void {
    for (const { socket } of this.sockets) socket.close();
    this.sockets = [];
  }

  private applyFilters(): void {
    const program = packetSocketProgram(this.filters);
    for (const { socket } of this.sockets) socket.filter(program);
  }

  private openOne(name: string | undefined): Open {
    const index = name === undefined ? ALL_INTERFACES : networkInterface(name)?.index;
    if (index === undefined) throw interfaceGone(name!);
    try {
      const socket = new PacketSocket({
        program: packetSocketProgram(this.filters),
        interfaceIndex: index,
        receiveBufferBytes: RECEIVE_BUFFER_BYTES,
        onPacket: (bytes, interfaceIndex) => this.hear(bytes, interfaceIndex),
        onError: (error) => this.fail(error),
      });
      return { socket, name, index };
    } catch (error) {
      if (!isDenied(error)) throw error;
      throw new CaptureDenied('no right to open a packet socket', { cause: error });
    }
  }

  private hear(bytes: Uint8Array, interfaceIndex: number): void {
    const decoded = bytes[0]! >> 4 === VERSION_4 ? decodeIPv4(bytes) : decodeIPv6(bytes);
    if (decoded.kind !== 'packet' || this.copies.isCopy(decoded.packet, interfaceIndex)) return;
    this.onPacket(decoded.packet);
  }

  /** None is better than some: what is left would look healthy. All are opened anew. */
  private fail(error: Error): void {
    this.close();
    this.onError(error);
  }
}

function isDenied(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EPERM' || code === 'EACCES';
}
