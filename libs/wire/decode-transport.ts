import type { Address } from '#address';
import { checkTcp, decodeTcp } from './decode-tcp.js';
import { checkUdp, decodeUdp } from './decode-udp.js';
import type { Decoded } from './decoded.js';

/**
 * A packet from its transport header on, as an IPv6 raw socket hands it over (ipv6(7), RFC 3542, 3): the IP header is
 * gone, and the source is what the socket says. With no IP header to tell the length, the whole TCP header must be in
 * `bytes`: 60 bytes are always enough.
 */
export function decodeTransport(bytes: Uint8Array, protocol: 'tcp' | 'udp', source: Address): Decoded {
  return protocol === 'tcp'
    ? (checkTcp(bytes, 0, bytes.length) ?? decodeTcp(bytes, 0, { source }))
    : (checkUdp(bytes, 0, bytes.length) ?? decodeUdp(bytes, 0, { source }));
}
