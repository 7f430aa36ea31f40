import type { Decoded, Ignored } from './decoded.js';
import { fingerprint } from './fingerprint.js';
import { IGNORED } from './ignored.js';
import { readUint16, readUint32 } from './network-order.js';
import type { Endpoints } from './packet.js';

// RFC 768; the checksum follows the length, so the two are read as one number.
const field = { SOURCE_PORT: 0, DESTINATION_PORT: 2, LENGTH: 4, LENGTH_AND_CHECKSUM: 4 } as const;
const HEADER_LENGTH = 8;

/**
 * Undefined if `decodeUdp` may read a header at `offset`. The packet ends at `end` by what the IP header says. A length
 * beyond it is no fault: the first fragment of a datagram carries the length of the whole.
 */
export function checkUdp(bytes: Uint8Array, offset: number, end: number): Ignored | undefined {
  if (Math.min(bytes.length, end) - offset < HEADER_LENGTH) return IGNORED.truncated;
  return readUint16(bytes, offset + field.LENGTH) < HEADER_LENGTH ? IGNORED.length : undefined;
}

/** The UDP header at `offset`, which `checkUdp` has passed. The checksum is not verified. */
export function decodeUdp(bytes: Uint8Array, offset: number, ends: Endpoints): Decoded {
  const sourcePort = readUint16(bytes, offset + field.SOURCE_PORT);
  return {
    kind: 'packet',
    packet: {
      protocol: 'udp',
      source: ends.source,
      destination: ends.destination,
      sourcePort,
      destinationPort: readUint16(bytes, offset + field.DESTINATION_PORT),
      flags: 0,
      fingerprint: fingerprint(sourcePort, readUint32(bytes, offset + field.LENGTH_AND_CHECKSUM)),
    },
  };
}
