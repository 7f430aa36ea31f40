import { type Address, isIPv4, parseAddress } from '#address';
import { ProtocolNumber } from './protocol-number.js';
import { TcpFlag } from './tcp-flag.js';

/** What `buildPacket` encodes. The family is that of `source`; lengths (but for `dataOffset`) and checksums are right. */
export interface PacketDescription {
  readonly protocol: 'tcp' | 'udp';
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** TCP only; SYN if it is left out. */
  readonly flags?: number;
  /** TCP only; 1 if it is left out. */
  readonly sequence?: number;
  readonly acknowledgement?: number;
  /** TCP only; 1024 if it is left out. */
  readonly window?: number;
  readonly urgentPointer?: number;
  /** TCP only; in 32-bit words, 0 to 15, whatever the header's length is; the true one if it is left out. */
  readonly dataOffset?: number;
  /** TCP only; the four bits after the data offset. */
  readonly reserved?: number;
  /** Whole 32-bit words, 40 bytes at most. */
  readonly tcpOptions?: readonly number[];
  readonly payload?: readonly number[];
  /** TTL or hop limit; 64 if it is left out. */
  readonly hops?: number;
  /** DSCP and ECN. */
  readonly trafficClass?: number;
  /** IPv4 only: whole 32-bit words, 40 bytes at most. */
  readonly ipOptions?: readonly number[];
  /** IPv4 only; in IPv6 a fragment header says it. Offset in units of 8 bytes. */
  readonly fragment?: Fragment;
  /** IPv6 only, in the order of the packet. */
  readonly extensionHeaders?: readonly ExtensionHeader[];
}

export interface Fragment {
  readonly offset: number;
  readonly more: boolean;
}

export type ExtensionHeader =
  /** 8 × n bytes of padding options (or an empty routing header). */
  | { readonly kind: 'HOP_BY_HOP' | 'ROUTING' | 'DESTINATION_OPTIONS'; readonly units: number }
  | ({ readonly kind: 'FRAGMENT' } & Fragment)
  /** With an integrity check value of 4 × n bytes. */
  | { readonly kind: 'AUTHENTICATION'; readonly icvWords: number };

const HOPS = 64;
const MORE_FRAGMENTS = 0x2000;
const PADN = 1;
const CHECKSUM = { IPV4: 10, TCP: 16, UDP: 6 } as const;

/** A whole IP packet. */
export function buildPacket(packet: PacketDescription): Uint8Array<ArrayBuffer> {
  const transport = [...buildTransport(packet)];
  return Uint8Array.from(isIPv4(addressOf(packet.source)) ? ipv4(packet, transport) : ipv6(packet, transport));
}

/** The packet without its IP header: what an IPv6 raw socket hands over. */
export function buildTransport(packet: PacketDescription): Uint8Array<ArrayBuffer> {
  const bytes = packet.protocol === 'tcp' ? tcp(packet) : udp(packet);
  const sum = checksum([...pseudoHeader(packet, bytes.length), ...bytes]);
  // RFC 768: a UDP checksum of 0 would say that there is none.
  if (packet.protocol === 'tcp') bytes.splice(CHECKSUM.TCP, 2, ...uint16(sum));
  else bytes.splice(CHECKSUM.UDP, 2, ...uint16(sum === 0 ? 0xffff : sum));
  return Uint8Array.from(bytes);
}

function tcp(packet: PacketDescription): number[] {
  const { tcpOptions = [], payload = [], flags = TcpFlag.SYN, sequence = 1 } = packet;
  const { acknowledgement = 0, window = 1024, urgentPointer = 0, reserved = 0 } = packet;
  const { dataOffset = 5 + tcpOptions.length / 4 } = packet;
  return [
    ...uint16(packet.sourcePort),
    ...uint16(packet.destinationPort),
    ...uint32(sequence),
    ...uint32(acknowledgement),
    (dataOffset << 4) | reserved,
    flags,
    ...uint16(window),
    ...uint16(0), // checksum
    ...uint16(urgentPointer),
    ...tcpOptions,
    ...payload,
  ];
}

function udp({ sourcePort, destinationPort, payload = [] }: PacketDescription): number[] {
  const length = 8 + payload.length;
  return [...uint16(sourcePort), ...uint16(destinationPort), ...uint16(length), ...uint16(0), ...payload];
}

function ipv4(packet: PacketDescription, transport: readonly number[]): number[] {
  const { ipOptions = [], fragment = { offset: 0, more: false }, hops = HOPS, trafficClass = 0 } = packet;
  const words = 5 + ipOptions.length / 4;
  const header = [
    (4 << 4) | words,
    trafficClass,
    ...uint16(words * 4 + transport.length),
    ...uint16(0),
    ...uint16((fragment.more ? MORE_FRAGMENTS : 0) | fragment.offset),
    hops,
    protocolNumber(packet),
    ...uint16(0),
    ...addressBytes(packet.source),
    ...addressBytes(packet.destination),
    ...ipOptions,
  ];
  header.splice(CHECKSUM.IPV4, 2, ...uint16(checksum(header)));
  return [...header, ...transport];
}

function ipv6(packet: PacketDescription, transport: readonly number[]): number[] {
  const { extensionHeaders = [], hops = HOPS, trafficClass = 0 } = packet;
  const next = [...extensionHeaders.map(({ kind }) => ProtocolNumber[kind]), protocolNumber(packet)];
  const extensions = extensionHeaders.flatMap((header, index) => [next[index + 1]!].concat(extension(header)));
  return [
    ...uint32((6 << 28) | (trafficClass << 20)),
    ...uint16(extensions.length + transport.length),
    next[0]!,
    hops,
    ...addressBytes(packet.source),
    ...addressBytes(packet.destination),
    ...extensions,
    ...transport,
  ];
}

/** All of it but its first byte, which names the next header. */
function extension(header: ExtensionHeader): number[] {
  if (header.kind === 'FRAGMENT') return [0, ...uint16((header.offset << 3) | (header.more ? 1 : 0)), ...uint32(1)];
  if (header.kind === 'AUTHENTICATION') {
    return [1 + header.icvWords, 0, 0, ...uint32(0x100), ...uint32(1), ...zeros(header.icvWords * 4)];
  }
  if (header.kind === 'ROUTING') return [header.units - 1, 4, 0, ...zeros(header.units * 8 - 4)];
  return padding(header.units);
}

/** As many PadN options as fill the header: one holds 255 bytes at most (RFC 8200, 4.2). */
function padding(units: number): number[] {
  const bytes = [units - 1];
  for (let left = units * 8 - 2; left > 0;) {
    // No single byte may be left over, which a PadN could not fill.
    const length = left <= 256 ? left : 128;
    bytes.push(PADN, length - 2, ...zeros(length - 2));
    left -= length;
  }
  return bytes;
}

function pseudoHeader(packet: PacketDescription, length: number): number[] {
  const addresses = [...addressBytes(packet.source), ...addressBytes(packet.destination)];
  return [...addresses, ...uint32(length), ...uint32(protocolNumber(packet))];
}

/** RFC 1071. */
function checksum(bytes: readonly number[]): number {
  let sum = bytes.reduce((total, byte, index) => total + (index % 2 === 0 ? byte << 8 : byte), 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function protocolNumber({ protocol }: PacketDescription): number {
  return protocol === 'tcp' ? ProtocolNumber.TCP : ProtocolNumber.UDP;
}

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`no address: ${text}`);
  return address;
}

function addressBytes(text: string): number[] {
  const address = addressOf(text);
  return (isIPv4(address) ? [address.d] : [address.a, address.b, address.c, address.d]).flatMap(uint32);
}

function uint16(value: number): number[] {
  return [(value >>> 8) & 0xff, value & 0xff];
}

function uint32(value: number): number[] {
  return [...uint16(value >>> 16), ...uint16(value & 0xffff)];
}

function zeros(count: number): number[] {
  return Array<number>(count).fill(0);
}
