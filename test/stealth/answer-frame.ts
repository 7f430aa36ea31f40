const ETHERNET = { bytes: 14, type: 12 } as const;
const TYPE = { ipv4: 0x0800, ipv6: 0x86dd } as const;
const IPV4 = { protocol: 9, bytes: 20 } as const;
const IPV6 = { nextHeader: 6, bytes: 40, flowLabel: 0x000fffff } as const;
const TCP = { source: 0, destination: 2, checksum: 16, ports: 4 } as const;
const IPPROTO_TCP = 6;
const HEADER_WORDS = 0x0f;

export interface AnswerFrame {
  readonly family: 4 | 6;
  readonly fromPort: number;
  readonly toPort: number;
  /** The whole frame in hex, but for what must differ from port to port: ports, checksum, IPv6 flow label. */
  readonly shape: string;
}

/** @throws for a frame that is not TCP */
export function answerFrame(frame: Buffer): AnswerFrame {
  const copy = Buffer.from(frame);
  const ip = copy.subarray(ETHERNET.bytes);
  const family = copy.readUInt16BE(ETHERNET.type) === TYPE.ipv6 ? 6 : 4;
  const protocol = ip[family === 6 ? IPV6.nextHeader : IPV4.protocol];
  if (protocol !== IPPROTO_TCP) throw new Error(`not TCP: ${frame.toString('hex')}`);
  const tcp = ip.subarray(family === 6 ? IPV6.bytes : (ip[0]! & HEADER_WORDS) * 4);
  const ports = { fromPort: tcp.readUInt16BE(TCP.source), toPort: tcp.readUInt16BE(TCP.destination) };
  tcp.fill(0, 0, TCP.ports).fill(0, TCP.checksum, TCP.checksum + 2);
  // Made from the ports (RFC 6438): only whether there is one can be compared.
  if (family === 6) {
    const first = ip.readUInt32BE(0);
    ip.writeUInt32BE(((first & ~IPV6.flowLabel) | ((first & IPV6.flowLabel) === 0 ? 0 : 1)) >>> 0, 0);
  }
  return { family, ...ports, shape: copy.toString('hex') };
}
