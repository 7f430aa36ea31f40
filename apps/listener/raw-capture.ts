import raw, { type Socket } from 'raw-socket';
import { parseAddress } from '#address';
import { attachFilter, droppedPackets, type PacketFilter, packetFilterProgram, setReceiveBuffer } from '#kernel';
import { type Decoded, decodeIPv4, decodeTransport, type Packet } from '#wire';

/** About 20,000 knock packets of a burst while the process is busy elsewhere. */
const RECEIVE_BUFFER_BYTES = 16 * 1024 * 1024;
/** Longer than what the filter lets through of a packet. */
const PACKET_BYTES = 256;
/** Packets read in one go before other work gets its turn. */
const PACKETS_A_TURN = 256;

/** The right to open raw sockets is missing (CAP_NET_RAW). */
export class CaptureDenied extends Error {
  override readonly name = 'CaptureDenied';
}

/** What is to be heard; one socket for each of these. */
export type CapturePlan = readonly PacketFilter[];

/**
 * Hears packets through npm raw-socket: raw IP sockets, which get a copy of what the host's firewall lets in.
 * Filters in the kernel keep out what no door asks for.
 */
export class RawCapture {
  /** Also the strong references without which a raw-socket is collected as garbage and goes silent. */
  private sockets: { readonly socket: Socket; readonly filter: PacketFilter }[] = [];
  private readonly buffer = Buffer.allocUnsafeSlow(PACKET_BYTES);

  constructor(
    private readonly onPacket: (packet: Packet) => void,
    private readonly onError: (error: Error) => void,
  ) {}

  /**
   * Opens the sockets, in place of those open so far. A family that this host does not have is left out.
   * @throws CaptureDenied without CAP_NET_RAW; nothing is open then
   */
  open(plan: CapturePlan): void {
    const before = this.sockets;
    this.sockets = [];
    try {
      for (const filter of plan) this.openOne(filter);
    } catch (error) {
      this.close();
      this.sockets = before;
      throw error;
    }
    for (const { socket } of before) socket.close();
  }

  /** As `tcp4, tcp6`. */
  get description(): string {
    return this.sockets.map(({ filter }) => `${filter.protocol}${filter.family}`).join(', ');
  }

  /** The receive buffer that the kernel gave to the worst-off socket, and what was wanted. */
  readonly wantedBytes = RECEIVE_BUFFER_BYTES;
  receiveBufferBytes = RECEIVE_BUFFER_BYTES;

  setSkippedPorts(skippedPorts: readonly number[]): void {
    for (const { socket, filter } of this.sockets)
      attachFilter(socket, packetFilterProgram({ ...filter, skippedPorts }));
  }

  /** Packets lost for want of buffer since the sockets were opened. */
  get drops(): number {
    return this.sockets.reduce((sum, { socket }) => sum + droppedPackets(socket), 0);
  }

  close(): void {
    for (const { socket } of this.sockets) socket.close();
    this.sockets = [];
  }

  private openOne(filter: PacketFilter): void {
    const socket = create(filter);
    if (socket === undefined) return;
    this.sockets.push({ socket, filter });
    attachFilter(socket, packetFilterProgram(filter));
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

function create({ family, protocol }: PacketFilter): Socket | undefined {
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
