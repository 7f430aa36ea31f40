import { type Address, addressToBytes } from '#address';
import { errno, ERRNO, libc, systemError } from './libc.js';

// linux/socket.h, asm-generic/socket.h, linux/in.h, linux/in6.h, linux/if_ether.h
const AF_INET = 2;
const AF_INET6 = 10;
const AF_PACKET = 17;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const IPPROTO_IPV6 = 41;
const IPV6_CHECKSUM = 7;
const MSG_DONTWAIT = 0x40;
const ETHERTYPE = { 4: 0x0800, 6: 0x86dd } as const;
const PROTOCOL = { tcp: { number: 6, checksum: 16 }, udp: { number: 17, checksum: 6 } } as const;
/** struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)), struct sockaddr_ll (packet(7)) */
const SOCKADDR = { bytes: 28, address4: 4, address6: 8, bytes4: 16 } as const;
const SOCKADDR_LL = { bytes: 20, protocol: 2 } as const;
const V4_OFFSET = 12;
const PACKET_BYTES = 2048;

export type ProbeProtocol = keyof typeof PROTOCOL;

/** Sends segments of our own making to one address, and hears every IP packet of that version that comes to this host. Wants CAP_NET_RAW. */
export class ProbeSocket {
  private readonly senders: Readonly<Record<ProbeProtocol, number>>;
  private readonly ear: number;
  private readonly buffer = Buffer.allocUnsafeSlow(PACKET_BYTES);

  /** @throws EPERM without the right to; EAFNOSUPPORT on a host without that IP version */
  constructor(
    private readonly family: 4 | 6,
    private readonly target: Address,
  ) {
    this.ear = opened(libc.socket(AF_PACKET, SOCK_DGRAM_CLOEXEC, 0));
    // of one EtherType: then what this host sends itself is not heard
    const address = Buffer.alloc(SOCKADDR_LL.bytes);
    address.writeUInt16LE(AF_PACKET);
    address.writeUInt16BE(ETHERTYPE[family], SOCKADDR_LL.protocol);
    if (libc.bind(this.ear, address, address.length) < 0) throw systemError('bind');
    this.senders = { tcp: sender(family, 'tcp'), udp: sender(family, 'udp') };
  }

  /** A whole segment, its header first; over IPv6 the kernel puts in the checksum. @throws the system's error */
  send(protocol: ProbeProtocol, segment: Uint8Array): void {
    const bytes = Buffer.from(segment);
    const address = Buffer.alloc(SOCKADDR.bytes);
    address.writeUInt16LE(this.family === 4 ? AF_INET : AF_INET6);
    const words = addressToBytes(this.target);
    if (this.family === 4) address.set(words.subarray(V4_OFFSET), SOCKADDR.address4);
    else address.set(words, SOCKADDR.address6);
    const size = this.family === 4 ? SOCKADDR.bytes4 : SOCKADDR.bytes;
    if (libc.sendto(this.senders[protocol], bytes, bytes.length, 0, address, size) < 0) throw systemError('sendto');
  }

  /** The next packet that has come, its IP header first; undefined: there is none now. Valid until the next call. */
  receive(): Uint8Array | undefined {
    const length = libc.recv(this.ear, this.buffer, this.buffer.length, MSG_DONTWAIT);
    if (length >= 0) return this.buffer.subarray(0, length);
    const number = errno();
    if (number === ERRNO.EAGAIN || number === ERRNO.ENETDOWN) return undefined;
    throw systemError('recv', number);
  }

  close(): void {
    for (const fd of [this.ear, ...Object.values(this.senders)]) libc.close(fd);
  }
}

function sender(family: 4 | 6, protocol: ProbeProtocol): number {
  const { number, checksum } = PROTOCOL[protocol];
  const fd = opened(libc.socket(family === 4 ? AF_INET : AF_INET6, SOCK_RAW_CLOEXEC, number));
  if (family === 4) return fd;
  const offset = Buffer.alloc(4);
  offset.writeInt32LE(checksum);
  if (libc.setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, offset, offset.length) < 0) throw systemError('setsockopt');
  return fd;
}

function opened(fd: number): number {
  if (fd < 0) throw systemError('socket');
  return fd;
}
