import koffi from 'koffi';
import { errno, ERRNO, libc, systemError } from './libc.js';
import { RING_PACKET_BYTES } from './packet-ring.js';

const MESSAGES = 128;
const MSG_WAITFORONE = 0x10000; // linux/socket.h

/** struct mmsghdr { struct msghdr { name, namelen, iov, iovlen, control, controllen, flags }; msg_len } on 64-bit machines */
const MMSGHDR = { bytes: 64, name: 0, nameLength: 8, iov: 16, iovLength: 24, length: 56 } as const;
const IOVEC = { bytes: 16, base: 0, length: 8 } as const;
/** struct sockaddr_ll (packet(7)) */
const SOCKADDR_LL = { bytes: 20, interfaceIndex: 4 } as const;

/** Nothing lost by these: the time to look about is over, a signal came, an interface went down. */
const PASSING: ReadonlySet<number> = new Set([ERRNO.EAGAIN, ERRNO.EINTR, ERRNO.ENETDOWN, ERRNO.ENOBUFS]);

/** Receives many packets with one system call. The fields keep the buffers whose addresses the kernel is given. */
export class PacketBatch {
  private readonly packets = Buffer.allocUnsafeSlow(MESSAGES * RING_PACKET_BYTES);
  private readonly sources = Buffer.allocUnsafeSlow(MESSAGES * SOCKADDR_LL.bytes);
  private readonly vectors = Buffer.alloc(MESSAGES * IOVEC.bytes);
  private readonly headers = Buffer.alloc(MESSAGES * MMSGHDR.bytes);

  constructor() {
    const at = { packets: koffi.address(this.packets), sources: koffi.address(this.sources) };
    const vectors = koffi.address(this.vectors);
    for (let i = 0; i < MESSAGES; i += 1) {
      const vector = i * IOVEC.bytes;
      this.vectors.writeBigUInt64LE(at.packets + BigInt(i * RING_PACKET_BYTES), vector + IOVEC.base);
      this.vectors.writeBigUInt64LE(BigInt(RING_PACKET_BYTES), vector + IOVEC.length);
      const header = i * MMSGHDR.bytes;
      this.headers.writeBigUInt64LE(at.sources + BigInt(i * SOCKADDR_LL.bytes), header + MMSGHDR.name);
      this.headers.writeUInt32LE(SOCKADDR_LL.bytes, header + MMSGHDR.nameLength);
      this.headers.writeBigUInt64LE(vectors + BigInt(vector), header + MMSGHDR.iov);
      this.headers.writeBigUInt64LE(1n, header + MMSGHDR.iovLength);
    }
  }

  /** Waits for a packet, at most as long as the socket's receive timeout, and answers how many there are. */
  receive(fd: number): number {
    const received = libc.recvmmsg(fd, this.headers, MESSAGES, MSG_WAITFORONE, null);
    if (received >= 0) return received;
    const number = errno();
    if (PASSING.has(number)) return 0;
    throw systemError('recvmmsg', number);
  }

  packet(i: number): Uint8Array {
    const length = this.headers.readUInt32LE(i * MMSGHDR.bytes + MMSGHDR.length);
    return this.packets.subarray(i * RING_PACKET_BYTES, i * RING_PACKET_BYTES + length);
  }

  interfaceIndex(i: number): number {
    return this.sources.readInt32LE(i * SOCKADDR_LL.bytes + SOCKADDR_LL.interfaceIndex);
  }
}
