import { ArrivalPace } from './arrival-pace.js';
import { ArrivalSignal } from './arrival-signal.js';
import { FrameRing } from './frame-ring.js';
import { libc, systemError } from './libc.js';
import { type MappedRing, mapReceiveRing, takePacketDrops } from './map-receive-ring.js';
import type { PacketSource } from './packet-source.js';
import { ReceiveQueue } from './receive-queue.js';
import { attachFilter, type OptionSocket, setReceiveBuffer } from './socket-options.js';

// linux/socket.h, linux/if_ether.h
const AF_PACKET = 17;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const ETH_P_ALL = 0x0003;
/** struct sockaddr_ll (packet(7)) */
const SOCKADDR_LL = { bytes: 20, protocol: 2, interfaceIndex: 4 } as const;
const INT = 4;

/** 5 MiB: 32,720 packets of a burst while the process is busy elsewhere, a tenth of a second at 300,000 a second. */
const RING_BLOCKS = 80;
/** Packets handed on in one go before other work gets its turn. */
const PACKETS_A_TURN = 256;
/** From one look to the next during a flood. */
const FLOOD_LOOK_MS = 1;

export interface PacketSocketOptions {
  readonly program: Uint8Array;
  /** The interface to hear, by its index; 0: all. */
  readonly interfaceIndex: number;
  /** Of the receive queue, where there is no ring. */
  readonly receiveBufferBytes: number;
  /** The bytes, from the IP header on, are valid within the call only. */
  readonly onPacket: (bytes: Uint8Array, interfaceIndex: number) => void;
  /** It has failed and hears nothing any more. */
  readonly onError: (error: Error) => void;
}

/**
 * A cooked packet socket (packet(7)): hears what arrives before any firewall judges it, without link header, so that
 * all kinds of interfaces are alike. The kernel writes packets into memory of ours, from which they are taken without a
 * system call or a copy; a signal says when there are any. Wants CAP_NET_RAW.
 */
export class PacketSocket {
  /** Why there is no ring, so that each packet costs a system call; undefined: there is one. */
  readonly ringRefused: string | undefined;
  /** What the kernel gave to the receive queue; undefined with a ring, which is there as a whole or not at all. */
  readonly receiveBufferBytes: number | undefined;
  private readonly fd: number;
  private readonly options: OptionSocket;
  private readonly ring: MappedRing | undefined;
  private readonly source: PacketSource;
  private readonly arrivals: ArrivalSignal;
  private readonly pace = new ArrivalPace();
  private flooded = false;
  private lost = 0;
  private closed = false;

  /** @throws an error with the code EPERM without the right to */
  constructor(private readonly settings: PacketSocketOptions) {
    // protocol 0: it hears nothing until it is bound, and then nothing that the filter has not passed
    this.fd = libc.socket(AF_PACKET, SOCK_DGRAM_CLOEXEC, 0);
    if (this.fd < 0) throw systemError('socket');
    this.options = optionsOf(this.fd);
    try {
      attachFilter(this.options, settings.program);
      const ring = openRing(this.fd, this.options);
      if (ring instanceof Error) {
        this.ringRefused = ring.message;
        this.receiveBufferBytes = setReceiveBuffer(this.options, settings.receiveBufferBytes);
      } else {
        this.ring = ring;
      }
      this.source = this.ring === undefined ? new ReceiveQueue(this.fd) : new FrameRing(this.ring.memory);
      this.arrivals = new ArrivalSignal(this.fd, () => this.arrived());
      this.bind(settings.interfaceIndex);
    } catch (error) {
      this.release();
      throw error;
    }
    setImmediate(() => this.look());
  }

  /** Hears another interface from now on, by its index. */
  bind(interfaceIndex: number): void {
    const address = Buffer.alloc(SOCKADDR_LL.bytes);
    address.writeUInt16LE(AF_PACKET);
    address.writeUInt16BE(ETH_P_ALL, SOCKADDR_LL.protocol);
    address.writeInt32LE(interfaceIndex, SOCKADDR_LL.interfaceIndex);
    if (libc.bind(this.fd, address, address.length) < 0) throw systemError('bind');
  }

  /** Takes another filter at once; what has been heard already stays. */
  filter(program: Uint8Array): void {
    attachFilter(this.options, program);
  }

  /** To be called a few times a second: this process may have another user by now, to whom no signal was sent. */
  watch(): void {
    this.arrivals.own();
    if (this.arrivals.armed) this.arrivals.signalled();
  }

  /** Packets lost for want of room since it was opened. */
  get drops(): number {
    if (!this.closed) this.lost += takePacketDrops(this.options);
    return this.lost;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.arrivals.disarm();
    setImmediate(() => this.release()); // a packet may be being handed on
  }

  private arrived(): void {
    this.flooded = this.pace.arrived(performance.now());
    this.look();
  }

  private look(): void {
    if (this.closed) return;
    try {
      const taken = this.source.take(PACKETS_A_TURN, this.settings.onPacket);
      if (this.closed) return; // by who was handed a packet
      if (taken === PACKETS_A_TURN) setImmediate(() => this.look());
      else if (this.flooded && taken > 0) setTimeout(() => this.look(), FLOOD_LOOK_MS);
      else this.awaitArrival();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private awaitArrival(): void {
    this.flooded = false;
    this.arrivals.arm();
    if (this.source.take(1, this.settings.onPacket) === 0 || this.closed) return;
    // it came after the last look and before the signal was armed, and others may have
    this.arrivals.disarm();
    setImmediate(() => this.look());
  }

  private fail(error: Error): void {
    if (this.closed) return;
    this.close();
    this.settings.onError(error);
  }

  private release(): void {
    this.ring?.unmap();
    libc.close(this.fd);
  }
}

function openRing(fd: number, options: OptionSocket): MappedRing | Error {
  try {
    return mapReceiveRing(fd, options, RING_BLOCKS);
  } catch (error) {
    return error as Error;
  }
}

function optionsOf(fd: number): OptionSocket {
  return {
    setOption(level, option, value) {
      const bytes = typeof value === 'number' ? int(value) : value;
      if (libc.setsockopt(fd, level, option, bytes, bytes.length) < 0) throw systemError('setsockopt');
    },
    getOption(level, option, value, length) {
      const size = int(length);
      if (libc.getsockopt(fd, level, option, value, size) < 0) throw systemError('getsockopt');
      return size.readInt32LE();
    },
  };
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(INT);
  bytes.writeInt32LE(value);
  return bytes;
}
