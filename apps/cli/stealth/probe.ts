import { type Address, addressToBytes, isIPv4 } from '#address';
import { TcpFlag } from '#wire';

const { FIN, SYN, RST, PSH, ACK, URG, ECE, CWR } = TcpFlag;

/** What a scanner sends to learn of a port. */
export interface Probe {
  /** In nmap's words where it has one (nmap(1), scan techniques). */
  readonly name: string;
  readonly protocol: 'tcp' | 'udp';
  readonly flags: number;
  readonly payload: number;
}

const tcp = (name: string, flags: number, payload = 0): Probe => ({ name, protocol: 'tcp', flags, payload });

export const PROBES: readonly Probe[] = [
  tcp('SYN', SYN),
  tcp('SYN with data', SYN, 8),
  tcp('SYN with ECN', SYN | ECE | CWR),
  tcp('ACK', ACK),
  tcp('data', PSH | ACK, 8),
  tcp('FIN', FIN),
  tcp('NULL', 0),
  tcp('Xmas', FIN | PSH | URG),
  tcp('Maimon', FIN | ACK),
  tcp('SYN and ACK', SYN | ACK),
  tcp('SYN and FIN', SYN | FIN),
  tcp('RST', RST),
  // once: closed ports may answer six of them at a time, and one a second (icmp(7), icmp_ratelimit)
  { name: 'UDP', protocol: 'udp', flags: 0, payload: 0 },
];

const TCP = { bytes: 20, sequence: 4, acknowledgement: 8, offset: 12, flags: 13, window: 14, checksum: 16 } as const;
const UDP = { bytes: 8, length: 4 } as const;
const SEQUENCE = 0x5eed;
const WINDOW = 1024;
const PROTOCOL_TCP = 6;
const V4_OFFSET = 12;

export interface Way {
  readonly source: Address;
  readonly target: Address;
  readonly sourcePort: number;
  readonly targetPort: number;
}

/** The bytes of a probe; their checksum over IPv4 only, over IPv6 the kernel's ProbeSocket sees to it. */
export function probeBytes({ protocol, flags, payload }: Probe, way: Way): Uint8Array {
  const header = protocol === 'tcp' ? TCP.bytes : UDP.bytes;
  const bytes = new Uint8Array(header + payload);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, way.sourcePort);
  view.setUint16(2, way.targetPort);
  if (protocol === 'udp') {
    view.setUint16(UDP.length, bytes.length); // a checksum of 0: none, over IPv4 (RFC 768)
    return bytes;
  }
  view.setUint32(TCP.sequence, SEQUENCE);
  if ((flags & ACK) !== 0) view.setUint32(TCP.acknowledgement, SEQUENCE);
  view.setUint8(TCP.offset, (TCP.bytes / 4) << 4);
  view.setUint8(TCP.flags, flags);
  view.setUint16(TCP.window, WINDOW);
  if (isIPv4(way.target)) view.setUint16(TCP.checksum, checksum(bytes, way));
  return bytes;
}

/** RFC 9293, 3.1: over the pseudo header too. */
function checksum(segment: Uint8Array, { source, target }: Way): number {
  const addresses = [source, target].flatMap((one) => Array.from(addressToBytes(one).subarray(V4_OFFSET)));
  const all = [...addresses, 0, PROTOCOL_TCP, segment.length >> 8, segment.length & 0xff, ...segment];
  let sum = 0;
  for (const [i, byte] of all.entries()) sum += i % 2 === 0 ? byte << 8 : byte;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
