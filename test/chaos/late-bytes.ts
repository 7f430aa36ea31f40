import type { CapturedFrame } from '../lab/pcap-file.js';

// Ethernet II, IPv4 (RFC 791), TCP (RFC 9293)
const ETHERNET = { bytes: 14, type: 12, ipv4: 0x0800 } as const;
const IPV4 = { totalLength: 2, protocol: 9, source: 12, destination: 16, tcp: 6 } as const;
const TCP = { sourcePort: 0, destinationPort: 2, sequence: 4, dataOffset: 12 } as const;

/** A time in which a grant was over: nothing new may come from the server. */
export interface Shut {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What a kernel sends by itself to find out what was lost, may be new, one segment of it (RFC 8985, 7.3): that much can still be sent to
 * whose packets are not heard any more.
 */
export const PROBE_BYTES = 1460;

export interface LateBytes {
  /** What came while there was a grant: with none the capture would prove nothing. */
  readonly inTime: number;
  /** What had not been sent before. */
  readonly fresh: number;
  /** The most of that on one connection. */
  readonly mostFresh: number;
  /** What the sender's kernel sent a second time, for want of an acknowledgement. */
  readonly again: number;
  /** How long after the end the last fresh byte came, in milliseconds; 0 without one. */
  readonly lastMs: number;
}

interface Segment {
  readonly flow: string;
  readonly sequence: number;
  readonly payload: number;
}

/** What TCP carried from these ports of the server (IPv4) while the client had no grant. */
export function lateBytes(
  frames: readonly CapturedFrame[],
  { from, ports, shut }: { readonly from: string; readonly ports: readonly number[]; readonly shut: readonly Shut[] },
): LateBytes {
  const reached = new Map<string, number>();
  const freshOf = new Map<string, number>();
  let [inTime, fresh, again, lastMs] = [0, 0, 0, 0];
  for (const { atMs, frame } of frames) {
    const segment = read(frame, from, ports);
    if (segment === undefined) continue;
    const { flow, sequence, payload } = segment;
    const end = (sequence + payload) >>> 0;
    const before = reached.get(flow);
    const added = before === undefined ? payload : Math.min(payload, Math.max(0, (end - before) | 0)); // modulo 2^32
    if (before === undefined || added > 0) reached.set(flow, end);
    const during = shut.find(({ fromMs, toMs }) => atMs > fromMs && atMs < toMs);
    if (during === undefined) {
      inTime += added;
      continue;
    }
    fresh += added;
    freshOf.set(flow, (freshOf.get(flow) ?? 0) + added);
    again += payload - added;
    if (added > 0) lastMs = Math.max(lastMs, atMs - during.fromMs);
  }
  return { inTime, fresh, mostFresh: Math.max(0, ...freshOf.values()), again, lastMs };
}

/** Undefined for all but the server's own TCP segments; one without payload keeps the sequence as it is. */
function read(frame: Buffer, from: string, ports: readonly number[]): Segment | undefined {
  if (frame.length < ETHERNET.bytes + 20 || frame.readUInt16BE(ETHERNET.type) !== ETHERNET.ipv4) return undefined;
  const ip = frame.subarray(ETHERNET.bytes);
  const address = (at: number): string => [...ip.subarray(at, at + 4)].join('.');
  if (ip[IPV4.protocol] !== IPV4.tcp || address(IPV4.source) !== from) return undefined;
  const headerBytes = (ip[0]! & 15) * 4;
  const tcp = ip.subarray(headerBytes);
  const port = tcp.readUInt16BE(TCP.sourcePort);
  if (!ports.includes(port)) return undefined;
  const payload = ip.readUInt16BE(IPV4.totalLength) - headerBytes - (tcp[TCP.dataOffset]! >> 4) * 4;
  if (payload <= 0) return undefined;
  const flow = `${port} ${address(IPV4.destination)} ${tcp.readUInt16BE(TCP.destinationPort)}`;
  return { flow, sequence: tcp.readUInt32BE(TCP.sequence), payload };
}
