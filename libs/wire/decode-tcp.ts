import type { Decoded, Ignored } from './decoded.js';
import { fingerprint } from './fingerprint.js';
import { IGNORED } from './ignored.js';
import { readUint16, readUint32 } from './network-order.js';
import type { Endpoints } from './packet.js';

// RFC 9293, 3.1
const field = { SOURCE_PORT: 0, DESTINATION_PORT: 2, SEQUENCE: 4, DATA_OFFSET: 12, FLAGS: 13 } as const;
const FIXED_LENGTH = 20;
const WORD = 4;

/**
 * Undefined if `decodeTcp` may read a header at `offset`. The packet ends at `end` by what the IP header says; a snap
 * length may have left less of it: the fixed part must be there, the options need only have room before `end`.
 */
export function checkTcp(bytes: Uint8Array, offset: number, end: number): Ignored | undefined {
  if (Math.min(bytes.length, end) - offset < FIXED_LENGTH) return IGNORED.truncated;
  const headerLength = (bytes[offset + field.DATA_OFFSET]! >> 4) * WORD;
  if (headerLength < FIXED_LENGTH) return IGNORED.header_length;
  return headerLength > end - offset ? IGNORED.truncated : undefined;
}

/** The TCP header at `offset`, which `checkTcp` has passed. Checksum and options are not looked at. */
export function decodeTcp(bytes: Uint8Array, offset: number, ends: Endpoints): Decoded {
  const sourcePort = readUint16(bytes, offset + field.SOURCE_PORT);
  return {
    kind: 'packet',
    packet: {
      protocol: 'tcp',
      source: ends.source,
      destination: ends.destination,
      sourcePort,
      destinationPort: readUint16(bytes, offset + field.DESTINATION_PORT),
      flags: bytes[offset + field.FLAGS]!,
      fingerprint: fingerprint(sourcePort, readUint32(bytes, offset + field.SEQUENCE)),
    },
  };
}
