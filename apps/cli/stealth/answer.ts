import { TcpFlag } from '#wire';

// RFC 791, RFC 8200, RFC 9293, RFC 792, RFC 4443
const IPV4 = { bytes: 20, total: 2, id: 4, ttl: 8, protocol: 9, checksum: 10 } as const;
const IPV6 = { bytes: 40, length: 4, next: 6, hops: 7, flowLabel: 0x000fffff } as const;
const TCP = { bytes: 20, source: 0, destination: 2, flags: 13, window: 14, checksum: 16 } as const;
const ICMP = { bytes: 8, type: 0, code: 1, checksum: 2 } as const;
const PROTOCOL = { icmp: 1, tcp: 6, icmp6: 58 } as const;
const UNREACHABLE = { 4: 3, 6: 1 } as const;

/** A packet that came back for a probe. */
export interface Answer {
  /** The port that was asked, and the one that it was asked from. */
  readonly askedPort: number;
  readonly fromPort: number;
  /** For people. */
  readonly words: string;
  /** In hex, but for what differs from port to port and packet to packet anyway: ports, checksums, IP id, IPv6 flow label. */
  readonly shape: string;
}

/** What a packet says to one of our probes; undefined: nothing. */
export function answerIn(packet: Uint8Array): Answer | undefined {
  const bytes = Buffer.from(packet); // a copy, to blank in
  const family = bytes.length > 0 && bytes[0]! >> 4 === 6 ? 6 : 4;
  const header = headerOf(bytes, family);
  if (header === undefined || bytes.length < header.bytes + ICMP.bytes) return undefined;
  const rest = bytes.subarray(header.bytes);
  if (header.protocol === PROTOCOL.tcp) return segment(bytes, rest, header);
  const isIcmp = header.protocol === (family === 4 ? PROTOCOL.icmp : PROTOCOL.icmp6);
  return isIcmp && rest[ICMP.type] === UNREACHABLE[family] ? unreachable(bytes, rest, header) : undefined;
}

interface Header {
  readonly family: 4 | 6;
  readonly bytes: number;
  readonly protocol: number;
  readonly hops: number;
}

/** Extension headers are passed by: no answer of a host has any. */
function headerOf(ip: Buffer, family: 4 | 6): Header | undefined {
  if (ip.length < (family === 4 ? IPV4.bytes : IPV6.bytes)) return undefined;
  if (family === 6) return { family, bytes: IPV6.bytes, protocol: ip[IPV6.next]!, hops: ip[IPV6.hops]! };
  return { family, bytes: (ip[0]! & 0x0f) * 4, protocol: ip[IPV4.protocol]!, hops: ip[IPV4.ttl]! };
}

function segment(ip: Buffer, tcp: Buffer, header: Header): Answer | undefined {
  if (tcp.length < TCP.bytes) return undefined;
  const askedPort = tcp.readUInt16BE(TCP.source);
  const fromPort = tcp.readUInt16BE(TCP.destination);
  const words = `${flagNames(tcp[TCP.flags]!)}, ttl ${header.hops}, window ${tcp.readUInt16BE(TCP.window)}`;
  tcp.fill(0, TCP.source, TCP.destination + 2).fill(0, TCP.checksum, TCP.checksum + 2);
  return { askedPort, fromPort, words, shape: shapeOf(ip, header) };
}

/** ICMP's destination unreachable: the packet that it is about begins after eight bytes. */
function unreachable(ip: Buffer, icmp: Buffer, header: Header): Answer | undefined {
  const quoted = icmp.subarray(ICMP.bytes);
  const inner = headerOf(quoted, header.family);
  if (inner === undefined || quoted.length < inner.bytes + 4) return undefined;
  const fromPort = quoted.readUInt16BE(inner.bytes);
  const askedPort = quoted.readUInt16BE(inner.bytes + 2);
  const words = `ICMP unreachable (code ${icmp[ICMP.code]}), ttl ${header.hops}`;
  icmp.fill(0, ICMP.checksum, ICMP.checksum + 2);
  return { askedPort, fromPort, words, shape: shapeOf(ip.subarray(0, header.bytes + ICMP.bytes), header) };
}

function shapeOf(ip: Buffer, { family }: Header): string {
  if (family === 4) ip.fill(0, IPV4.id, IPV4.id + 2).fill(0, IPV4.checksum, IPV4.checksum + 2);
  else ip.writeUInt32BE((ip.readUInt32BE(0) & ~IPV6.flowLabel) >>> 0, 0); // made from the ports (RFC 6438)
  return ip.toString('hex');
}

function flagNames(flags: number): string {
  const names = Object.entries(TcpFlag).flatMap(([name, bit]) => ((flags & bit) !== 0 ? [name] : []));
  return names.length === 0 ? 'no flags' : names.join('+');
}
