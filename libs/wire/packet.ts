import type { Address } from '#address';

/** What a knock can be told by. Its payload is not looked at. */
export interface Packet {
  readonly protocol: 'tcp' | 'udp';
  /** As the sender claims: anyone can write any source into a packet. */
  readonly source: Address;
  /** The address that it was sent to; undefined if the socket does not tell (an IPv6 raw socket). */
  readonly destination?: Address | undefined;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The flag bits of the TCP header, see `TcpFlag`; 0 for UDP. */
  readonly flags: number;
  /** Equal for a retransmission of a packet, nearly always different for a new knock; see `fingerprint`. */
  readonly fingerprint: number;
}

/** From where to where, by the IP header. */
export type Endpoints = Pick<Packet, 'source' | 'destination'>;
