// Puts Ethernet frames on a link of the network namespace in which it runs, many with one system call.
import koffi from 'koffi';

// linux/socket.h, linux/if_ether.h, linux/if_packet.h, asm-generic/poll.h
const AF_PACKET = 17;
const SOCK_RAW = 3;
const ETH_P_IP = 0x0800;
const SOL_PACKET = 263;
const PACKET_QDISC_BYPASS = 20;
const MSG_DONTWAIT = 0x40;
const POLLIN = 1;
const SOCKADDR_LL = { bytes: 20, protocol: 2, interfaceIndex: 4 };
const POLLFD = { bytes: 8, events: 4 };
const TIMESPEC = { bytes: 16, nanoseconds: 8 };
const MMSGHDR = { bytes: 64, iov: 16, iovLength: 24 };
const IOVEC = { bytes: 16, length: 8 };
const RECEIVED_BYTES = 128;

const lib = koffi.load(null);
const libc = {
  socket: lib.func('int socket(int domain, int type, int protocol)'),
  bind: lib.func('int bind(int fd, void *address, unsigned int length)'),
  setsockopt: lib.func('int setsockopt(int fd, int level, int name, void *value, unsigned int length)'),
  sendmmsg: lib.func('int sendmmsg(int fd, void *messages, unsigned int count, int flags)'),
  recv: lib.func('long recv(int fd, void *bytes, size_t length, int flags)'),
  ppoll: lib.func('int ppoll(void *fds, unsigned long count, void *timeout, void *signals)'),
};

/** SYNs from one host to another, without options, as nmap -sS --data-length 0 would send them. */
export const SYN_BYTES = 54;
const ETHERNET_BYTES = 14;
const at = { source: 26, ipSum: 24, sourcePort: 34, destinationPort: 36, sequence: 38, tcpSum: 50 };

/** A number of frames that lie in one buffer, and the kernel's description of them. */
export class RawLink {
  /**
   * @param interfaceIndex of the interface
   * @param frames how many fit
   * @param hears whether `receive` is to hear the IPv4 frames that arrive there
   */
  constructor({ interfaceIndex, sourceMac, destinationMac, destination, frames, hears }) {
    this.fd = libc.socket(AF_PACKET, SOCK_RAW, 0);
    const address = Buffer.alloc(SOCKADDR_LL.bytes);
    address.writeUInt16LE(AF_PACKET);
    address.writeUInt16BE(hears ? ETH_P_IP : 0, SOCKADDR_LL.protocol);
    address.writeInt32LE(interfaceIndex, SOCKADDR_LL.interfaceIndex);
    const one = Buffer.alloc(4);
    one.writeInt32LE(1);
    if (
      this.fd < 0 ||
      libc.setsockopt(this.fd, SOL_PACKET, PACKET_QDISC_BYPASS, one, one.length) < 0 ||
      libc.bind(this.fd, address, address.length) < 0
    ) {
      throw new Error(`packet socket: errno ${koffi.errno()}`);
    }
    const template = synTemplate(sourceMac, destinationMac, destination);
    this.frames = Buffer.allocUnsafeSlow(frames * SYN_BYTES);
    for (let i = 0; i < frames; i += 1) template.copy(this.frames, i * SYN_BYTES);
    this.sums = { ip: sumOf(template, ETHERNET_BYTES, 20), tcp: pseudoSum(template) + sumOf(template, 34, 20) };
    this.describe(frames);
    this.received = Buffer.allocUnsafeSlow(RECEIVED_BYTES);
    this.pollfd = Buffer.alloc(POLLFD.bytes);
    this.pollfd.writeInt32LE(this.fd);
    this.pollfd.writeInt16LE(POLLIN, POLLFD.events);
    this.timeout = Buffer.alloc(TIMESPEC.bytes);
  }

  /** Makes the frame of this index a SYN from there to there, with right checksums. */
  setSyn(index, source, sourcePort, destinationPort, sequence) {
    const { frames } = this;
    const start = index * SYN_BYTES;
    const sourceSum = (source >>> 16) + (source & 0xffff);
    writeUint16(frames, start + at.source, source >>> 16);
    writeUint16(frames, start + at.source + 2, source);
    writeUint16(frames, start + at.ipSum, checksum(this.sums.ip + sourceSum));
    writeUint16(frames, start + at.sourcePort, sourcePort);
    writeUint16(frames, start + at.destinationPort, destinationPort);
    writeUint16(frames, start + at.sequence, sequence >>> 16);
    writeUint16(frames, start + at.sequence + 2, sequence);
    const fields = sourcePort + destinationPort + (sequence >>> 16) + (sequence & 0xffff);
    writeUint16(frames, start + at.tcpSum, checksum(this.sums.tcp + sourceSum + fields));
  }

  /** Sends the first `count` frames. @returns how many were sent */
  send(count) {
    const sent = libc.sendmmsg(this.fd, this.messages, count, 0);
    if (sent < 0) throw new Error(`sendmmsg: errno ${koffi.errno()}`);
    return sent;
  }

  /** Waits for a frame, at most so long. @returns whether there may be one */
  wait(ms) {
    this.timeout.writeBigInt64LE(BigInt(Math.max(0, Math.round(ms * 1e6))), TIMESPEC.nanoseconds);
    return libc.ppoll(this.pollfd, 1, this.timeout, null) > 0;
  }

  /** The next frame's first bytes, valid until the next call; undefined if there is none. */
  receive() {
    const length = libc.recv(this.fd, this.received, RECEIVED_BYTES, MSG_DONTWAIT);
    return length < 0 ? undefined : this.received.subarray(0, Number(length));
  }

  /** The buffers' addresses are the kernel's: both are kept. */
  describe(frames) {
    this.messages = Buffer.alloc(frames * MMSGHDR.bytes);
    this.vectors = Buffer.alloc(frames * IOVEC.bytes);
    const [first, vectors] = [koffi.address(this.frames), koffi.address(this.vectors)];
    for (let i = 0; i < frames; i += 1) {
      this.vectors.writeBigUInt64LE(first + BigInt(i * SYN_BYTES), i * IOVEC.bytes);
      this.vectors.writeBigUInt64LE(BigInt(SYN_BYTES), i * IOVEC.bytes + IOVEC.length);
      this.messages.writeBigUInt64LE(vectors + BigInt(i * IOVEC.bytes), i * MMSGHDR.bytes + MMSGHDR.iov);
      this.messages.writeBigUInt64LE(1n, i * MMSGHDR.bytes + MMSGHDR.iovLength);
    }
  }
}

/** @param address dotted */
export function addressNumber(address) {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

/** RFC 791, RFC 9293; what `setSyn` sets is 0. */
function synTemplate(sourceMac, destinationMac, destination) {
  const frame = Buffer.alloc(SYN_BYTES);
  Buffer.from(destinationMac, 'hex').copy(frame, 0);
  Buffer.from(sourceMac, 'hex').copy(frame, 6);
  frame.writeUInt16BE(ETH_P_IP, 12);
  frame.writeUInt16BE(0x4500, ETHERNET_BYTES);
  frame.writeUInt16BE(40, ETHERNET_BYTES + 2);
  frame.writeUInt16BE(0x4000, ETHERNET_BYTES + 6); // do not fragment
  frame.writeUInt16BE(0x4006, ETHERNET_BYTES + 8); // TTL 64, TCP
  frame.writeUInt32BE(addressNumber(destination), ETHERNET_BYTES + 16);
  frame.writeUInt16BE(0x5002, 46); // 20 bytes, SYN
  frame.writeUInt16BE(1024, 48); // window
  return frame;
}

/** Of the pseudo header, without the source (RFC 9293, 3.1). */
function pseudoSum(template) {
  return sumOf(template, ETHERNET_BYTES + 16, 4) + 6 + 20;
}

function sumOf(bytes, start, length) {
  let sum = 0;
  for (let i = start; i < start + length; i += 2) sum += bytes.readUInt16BE(i);
  return sum;
}

function checksum(sum) {
  const folded = (sum & 0xffff) + (sum >>> 16);
  return ~((folded & 0xffff) + (folded >>> 16)) & 0xffff;
}

function writeUint16(bytes, offset, value) {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}
