import type { Socket } from 'raw-socket';
import { parseAddress } from '#address';
import {
  attachFilter,
  bindToDevice,
  droppedPackets,
  keepFromChildren,
  networkInterface,
  type PacketFilter,
  packetFilterProgram,
  setReceiveBuffer,
} from '#kernel';
import { type Decoded, decodeIPv4, decodeTransport, type Packet } from '#wire';
import {
  type Capture,
  CaptureDenied,
  type CapturePlan,
  deafOn,
  interfaceGone,
  RECEIVE_BUFFER_BYTES,
} from './capture.js';
import { loadRawSocket } from './load-raw-socket.js';

/** Longer than what the filter lets through of a packet. */
const PACKET_BYTES = 256;
/** Packets read in one go before other work gets its turn. */
const PACKETS_A_TURN = 256;

interface Open {
  readonly socket: Socket;
  readonly filter: PacketFilter;
  readonly device: string | undefined;
}

/**
 * Hears packets through npm raw-socket: raw IP sockets, which get a copy of what the host's firewall lets in.
 * Filters in the kernel keep out what no door asks for.
 */
export class RawCapture implements Capture {
  /** Also the strong references without which a raw-socket is collected as garbage and goes silent. */
  private sockets: Open[] = [];
  /** The index of each named interface when its sockets were bound; a new one of that name gets another. */
  private indexes = new Map<string, number>();
  private readonly buffer = Buffer.allocUnsafeSlow(PACKET_BYTES);

  constructor(
    private readonly onPacket: (packet: Packet) => void,
    private readonly onError: (error: Error) => void,
  ) {}

  /** A family that this host does not have is left out. */
  open({ filters, interfaces }: CapturePlan): void {
    const before = this.sockets;
    this.sockets = [];
    this.indexes = new Map(interfaces.map((name) => [name, networkInterface(name)?.index ?? 0]));
    const devices = interfaces.length === 0 ? [undefined] : interfaces;
    try {
      for (const device of devices) for (const filter of filters) this.openOne(filter, device);
    } catch (error) {
      this.close();
      this.sockets = before;
      throw error;
    }
    for (const { socket } of before) socket.close();
  }

  /** As `tcp4, tcp6`. */
  get description(): string {
    return this.sockets
      .map(({ filter, device }) => `${filter.protocol}${filter.family}${device === undefined ? '' : `%${device}`}`)
      .join(', ');
  }

  receiveBufferBytes = RECEIVE_BUFFER_BYTES;

  setSkippedPorts(skippedPorts: readonly number[]): void {
    for (const { socket, filter } of this.sockets)
      attachFilter(socket, packetFilterProgram({ ...filter, skippedPorts }));
  }

  get deaf(): string | undefined {
    return deafOn([...this.indexes.keys()]);
  }

  /** SO_BINDTODEVICE binds to an index: an interface that was made anew must be bound to again. */
  watch(): void {
    for (const [name, index] of this.indexes) {
      const now = networkInterface(name)?.index;
      if (now === undefined || now === index) continue;
      for (const { socket, device } of this.sockets) if (device === name) bindToDevice(socket, name);
      this.indexes.set(name, now);
    }
  }

  get drops(): number {
    return this.sockets.reduce((sum, { socket }) => sum + droppedPackets(socket), 0);
  }

  close(): void {
    for (const { socket } of this.sockets) socket.close();
    this.sockets = [];
  }

  private openOne(filter: PacketFilter, device: string | undefined): void {
    const socket = create(filter);
    if (socket === undefined) return;
    keepFromChildren(); // commands, for one
    this.sockets.push({ socket, filter, device });
    attachFilter(socket, packetFilterProgram(filter));
    if (device !== undefined) bindTo(socket, device);
    this.receiveBufferBytes = Math.min(this.receiveBufferBytes, setReceiveBuffer(socket, RECEIVE_BUFFER_BYTES));
    // raw-socket reads one packet a poll; reading on until EAGAIN takes a quarter more: 200,000 a second for 160,000
    socket.wrap.removeAllListeners('recvReady');
    socket.wrap.on('recvReady', () => this.drain(socket, decoderOf(filter)));
    socket.on('error', this.onError);
  }

  private drain(socket: Socket, decode: (bytes: Uint8Array, source: string) => Decoded): void {
    try {
      for (let i = 0; i < PACKETS_A_TURN; i += 1) {
        socket.wrap.recv(this.buffer, (buffer, bytes, source) => {
          const decoded = decode(buffer.subarray(0, bytes), source);
          if (decoded.kind === 'packet') this.onPacket(decoded.packet);
        });
      }
    } catch (error) {
      if (!isAgain(error)) this.onError(error as Error);
    }
  }
}

function decoderOf({ family, protocol }: PacketFilter): (bytes: Uint8Array, source: string) => Decoded {
  if (family === 4) return decodeIPv4;
  return (bytes, source) => {
    const address = parseAddress(source);
    return address === undefined ? { kind: 'ignored', reason: 'version' } : decodeTransport(bytes, protocol, address);
  };
}

function bindTo(socket: Socket, device: string): void {
  try {
    bindToDevice(socket, device);
  } catch (error) {
    throw interfaceGone(device, { cause: error });
  }
}

function create({ family, protocol }: PacketFilter): Socket | undefined {
  const raw = loadRawSocket();
  try {
    return raw.createSocket({
      protocol: protocol === 'tcp' ? raw.Protocol.TCP : raw.Protocol.UDP,
      addressFamily: family === 4 ? raw.AddressFamily.IPv4 : raw.AddressFamily.IPv6,
      bufferSize: PACKET_BYTES,
    });
  } catch (error) {
    if (/not permitted|permission denied/iu.test(String(error))) {
      throw new CaptureDenied('no right to open a raw socket', { cause: error });
    }
    if (/not supported/iu.test(String(error))) return undefined; // EAFNOSUPPORT: IPv6 is off on this host
    throw error;
  }
}

/** raw-socket throws strerror(EAGAIN) without a code. */
function isAgain(error: unknown): boolean {
  return /temporarily unavailable/iu.test(String(error));
}
