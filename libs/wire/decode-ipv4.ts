import { addressFromBytes } from '#address';
import { checkTcp, decodeTcp } from './decode-tcp.js';
import { checkUdp, decodeUdp } from './decode-udp.js';
import type { Decoded } from './decoded.js';
import { IGNORED } from './ignored.js';
import { readUint16 } from './network-order.js';
import type { Endpoints } from './packet.js';
import { ProtocolNumber } from './protocol-number.js';

// RFC 791, 3.1
const field = {
  VERSION_AND_IHL: 0,
  TOTAL_LENGTH: 2,
  FRAGMENT_OFFSET: 6,
  PROTOCOL: 9,
  SOURCE: 12,
  DESTINATION: 16,
} as const;
const VERSION = 4;
const FIXED_LENGTH = 20;
const WORD = 4;
const IHL_MASK = 0x0f;
const FRAGMENT_OFFSET_MASK = 0x1fff;

/**
 * A whole IPv4 packet, as an IP raw socket hands it over (raw(7)). A snap length may have cut it, but not within the IP
 * header or the first 20 bytes of TCP or 8 of UDP. Bytes after the total length are padding of the link and not looked
 * at. Checksums are not verified: who wants to knock can send right ones, and the kernel leaves those of local packets
 * unfinished. No allocation but the outcome, and none for what is ignored.
 */
export function decodeIPv4(bytes: Uint8Array): Decoded {
  if (bytes.length < FIXED_LENGTH) return IGNORED.truncated;
  const versionAndIhl = bytes[field.VERSION_AND_IHL]!;
  if (versionAndIhl >> 4 !== VERSION) return IGNORED.version;
  const headerLength = (versionAndIhl & IHL_MASK) * WORD;
  if (headerLength < FIXED_LENGTH) return IGNORED.header_length;
  const end = readUint16(bytes, field.TOTAL_LENGTH);
  if (end < headerLength) return IGNORED.length;
  // A first fragment too short for the header is `truncated` below (RFC 1858, 3: the tiny fragment attack).
  if ((readUint16(bytes, field.FRAGMENT_OFFSET) & FRAGMENT_OFFSET_MASK) !== 0) return IGNORED.fragment;
  switch (bytes[field.PROTOCOL]!) {
    case ProtocolNumber.TCP:
      return checkTcp(bytes, headerLength, end) ?? decodeTcp(bytes, headerLength, endpointsOf(bytes));
    case ProtocolNumber.UDP:
      return checkUdp(bytes, headerLength, end) ?? decodeUdp(bytes, headerLength, endpointsOf(bytes));
    default:
      return IGNORED.protocol;
  }
}

function endpointsOf(bytes: Uint8Array): Endpoints {
  return {
    source: addressFromBytes(bytes, field.SOURCE, 4),
    destination: addressFromBytes(bytes, field.DESTINATION, 4),
  };
}
