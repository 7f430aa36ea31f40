import { Worker } from 'node:worker_threads';
import { libc, systemError } from './libc.js';
import { PacketRing } from './packet-ring.js';
import type { PacketWorkerData } from './packet-worker.js';
import { attachFilter, droppedPackets, type OptionSocket, setReceiveBuffer } from './socket-options.js';

// linux/socket.h, asm-generic/socket.h, linux/if_ether.h
const AF_PACKET = 17;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const ETH_P_ALL = 0x0003;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
/** struct timeval on 64-bit machines */
const TIMEVAL = { bytes: 16, microseconds: 8 } as const;
/** How long a thread that hears nothing takes to notice that it is to end. */
const RECEIVE_TIMEOUT_MS = 200;
/** struct sockaddr_ll (packet(7)) */
const SOCKADDR_LL = { bytes: 20, protocol: 2, interfaceIndex: 4 } as const;
const INT = 4;

/** Packets handed on in one go before other work gets its turn. */
const PACKETS_A_TURN = 256;

export interface PacketSocketOptions {
  readonly program: Uint8Array;
  /** The interface to hear, by its index; 0: all. */
  readonly interfaceIndex: number;
  readonly receiveBufferBytes: number;
  /** The bytes, from the IP header on, are valid within the call only. */
  readonly onPacket: (bytes: Uint8Array, interfaceIndex: number) => void;
  /** It has failed and hears nothing any more. */
  readonly onError: (error: Error) => void;
}

/**
 * A cooked packet socket (packet(7)): hears what arrives before any firewall judges it, without link header, so that
 * all kinds of interfaces are alike. A thread of its own waits in the kernel. Wants CAP_NET_RAW.
 */
export class PacketSocket {
  readonly receiveBufferBytes: number;
  private readonly fd: number;
  private readonly options: OptionSocket;
  private readonly ring = new PacketRing();
  private closed = false;

  /** @throws an error with the code EPERM without the right to */
  constructor(private readonly settings: PacketSocketOptions) {
    // protocol 0: it hears nothing until it is bound, and then nothing that the filter has not passed
    this.fd = libc.socket(AF_PACKET, SOCK_DGRAM_CLOEXEC, 0);
    if (this.fd < 0) throw systemError('socket');
    this.options = optionsOf(this.fd);
    try {
      attachFilter(this.options, settings.program);
      this.receiveBufferBytes = setReceiveBuffer(this.options, settings.receiveBufferBytes);
      this.options.setOption(SOL_SOCKET, SO_RCVTIMEO, receiveTimeout());
      this.bind(settings.interfaceIndex);
      this.startWorker();
    } catch (error) {
      libc.close(this.fd);
      throw error;
    }
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

  /** Packets lost for want of buffer since it was opened. */
  get drops(): number {
    return this.closed ? 0 : droppedPackets(this.options);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.ring.stop();
  }

  private startWorker(): void {
    const workerData: PacketWorkerData = { fd: this.fd, shared: this.ring.shared };
    const worker = new Worker(new URL('packet-worker.js', import.meta.url), { workerData });
    worker.on('message', () => this.drain());
    worker.on('error', (error) => this.fail(error));
    worker.on('exit', () => {
      this.fail(new Error('the capturing thread has ended'));
      libc.close(this.fd); // not before: the number could be another file's by then
    });
  }

  private drain(): void {
    if (this.closed) return;
    this.ring.answer();
    const more = this.ring.take(PACKETS_A_TURN, this.settings.onPacket);
    if (more) setImmediate(() => this.drain());
  }

  private fail(error: Error): void {
    if (this.closed) return;
    this.close();
    this.settings.onError(error);
  }
}

function receiveTimeout(): Buffer {
  const timeval = Buffer.alloc(TIMEVAL.bytes);
  timeval.writeBigInt64LE(BigInt(RECEIVE_TIMEOUT_MS * 1000), TIMEVAL.microseconds);
  return timeval;
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
