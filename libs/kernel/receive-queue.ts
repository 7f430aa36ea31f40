import { errno, ERRNO, libc, systemError } from './libc.js';
import { SNAP_LENGTH } from './packet-filter.js';
import type { PacketSource } from './packet-source.js';

const MSG_DONTWAIT = 0x40; // linux/socket.h
/** struct sockaddr_ll (packet(7)) */
const SOCKADDR_LL = { bytes: 20, interfaceIndex: 4 } as const;
const INT = 4;

/** Nothing lost by these: nothing is there, a signal came, an interface went down, memory was short for a moment. */
const PASSING: ReadonlySet<number> = new Set([ERRNO.EAGAIN, ERRNO.EINTR, ERRNO.ENETDOWN, ERRNO.ENOBUFS]);

/** A packet socket's receive queue, where there is no ring: a system call and a copy for each packet. */
export class ReceiveQueue implements PacketSource {
  private readonly packet = Buffer.allocUnsafeSlow(SNAP_LENGTH);
  private readonly address = Buffer.alloc(SOCKADDR_LL.bytes);
  private readonly addressLength = Buffer.alloc(INT);

  constructor(private readonly fd: number) {}

  take(limit: number, each: (packet: Uint8Array, interfaceIndex: number) => void): number {
    for (let taken = 0; taken < limit; taken += 1) {
      const length = this.receive();
      if (length < 0) return taken;
      each(this.packet.subarray(0, length), this.address.readInt32LE(SOCKADDR_LL.interfaceIndex));
    }
    return limit;
  }

  private receive(): number {
    this.addressLength.writeInt32LE(SOCKADDR_LL.bytes);
    const { packet, address, addressLength } = this;
    const length = libc.recvfrom(this.fd, packet, packet.length, MSG_DONTWAIT, address, addressLength);
    if (length >= 0) return length;
    const number = errno();
    if (PASSING.has(number)) return -1;
    throw systemError('recvfrom', number);
  }
}
