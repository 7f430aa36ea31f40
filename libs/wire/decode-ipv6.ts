import { addressFromBytes } from '#address';
import { checkTcp, decodeTcp } from './decode-tcp.js';
import { checkUdp, decodeUdp } from './decode-udp.js';
import type { Decoded } from './decoded.js';
import { IGNORED } from './ignored.js';
import { readUint16, readUint32 } from './network-order.js';
import type { Endpoints } from './packet.js';
import { ProtocolNumber } from './protocol-number.js';

// RFC 8200, 3
const field = { VERSION: 0, PAYLOAD_LENGTH: 4, NEXT_HEADER: 6, SOURCE: 8, DESTINATION: 24 } as const;
const VERSION = 6;
const HEADER_LENGTH = 40;

// RFC 8200, 4; the same two first fields in every extension header but the fragment header, which has no length
const extension = { NEXT_HEADER: 0, LENGTH: 1, FRAGMENT_OFFSET: 2 } as const;
const EXTENSION_MIN_LENGTH = 8;
const FRAGMENT_OFFSET_MASK = 0xfff8;
// RFC 8200, 4.1 names six kinds, one of them at most twice. A sender who needs more wants to keep us busy.
const MAX_EXTENSION_HEADERS = 8;

/**
 * A whole IPv6 packet (RFC 8200), through its hop-by-hop, routing, fragment, destination and authentication headers. A
 * snap length may have cut it, but not within these or the first 20 bytes of TCP or 8 of UDP. Bytes after the payload
 * length are not looked at, checksums are not verified. No allocation but the outcome, and none for what is ignored.
 */
export function decodeIPv6(bytes: Uint8Array): Decoded {
  if (bytes.length < HEADER_LENGTH) return IGNORED.truncated;
  if (bytes[field.VERSION]! >> 4 !== VERSION) return IGNORED.version;
  const payloadLength = readUint16(bytes, field.PAYLOAD_LENGTH);
  // Zero is an empty packet, or a jumbogram (RFC 2675, 3): a knock is neither.
  if (payloadLength === 0) return IGNORED.length;
  if (isSourceV4Mapped(bytes)) return IGNORED.source;
  return walkHeaders(bytes, HEADER_LENGTH + payloadLength);
}

// SECURITY: to #address a v4-mapped source is the IPv4 address, so such a packet would knock for an IPv4 client over a
// path that its filters (RFC 2827) do not see. Linux drops it too (ip6_input.c), but packet sockets hear it before that.
function isSourceV4Mapped(bytes: Uint8Array): boolean {
  return (
    readUint32(bytes, field.SOURCE) === 0 &&
    readUint32(bytes, field.SOURCE + 4) === 0 &&
    readUint32(bytes, field.SOURCE + 8) === 0xffff
  );
}

function walkHeaders(bytes: Uint8Array, end: number): Decoded {
  const there = Math.min(bytes.length, end);
  let next = bytes[field.NEXT_HEADER]!;
  let offset = HEADER_LENGTH;
  for (let walked = 0; isExtension(next); walked += 1) {
    if (walked === MAX_EXTENSION_HEADERS) return IGNORED.extension_headers;
    if (there - offset < EXTENSION_MIN_LENGTH) return IGNORED.truncated;
    if (isLaterFragment(bytes, offset, next)) return IGNORED.fragment;
    const length = extensionLength(next, bytes[offset + extension.LENGTH]!);
    next = bytes[offset + extension.NEXT_HEADER]!;
    offset += length;
  }
  switch (next) {
    case ProtocolNumber.TCP:
      return checkTcp(bytes, offset, end) ?? decodeTcp(bytes, offset, endpointsOf(bytes));
    case ProtocolNumber.UDP:
      return checkUdp(bytes, offset, end) ?? decodeUdp(bytes, offset, endpointsOf(bytes));
    default:
      return IGNORED.protocol;
  }
}

function isExtension(header: number): boolean {
  switch (header) {
    case ProtocolNumber.HOP_BY_HOP:
    case ProtocolNumber.ROUTING:
    case ProtocolNumber.FRAGMENT:
    case ProtocolNumber.AUTHENTICATION:
    case ProtocolNumber.DESTINATION_OPTIONS:
      return true;
    default:
      return false;
  }
}

function isLaterFragment(bytes: Uint8Array, offset: number, header: number): boolean {
  return (
    header === ProtocolNumber.FRAGMENT &&
    (readUint16(bytes, offset + extension.FRAGMENT_OFFSET) & FRAGMENT_OFFSET_MASK) !== 0
  );
}

function extensionLength(header: number, length: number): number {
  switch (header) {
    case ProtocolNumber.FRAGMENT:
      return EXTENSION_MIN_LENGTH;
    case ProtocolNumber.AUTHENTICATION:
      return (length + 2) * 4; // RFC 4302, 2.2: in 32-bit words, less 2
    default:
      return (length + 1) * 8; // RFC 8200, 4.3: in 8-octet units, less the first
  }
}

function endpointsOf(bytes: Uint8Array): Endpoints {
  return {
    source: addressFromBytes(bytes, field.SOURCE, 6),
    destination: addressFromBytes(bytes, field.DESTINATION, 6),
  };
}
