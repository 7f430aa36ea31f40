import type { Address } from '#address';

/** What a knock can be told by. Where the packet was bound for, and its payload, are not looked at. */
export interface Packet {
  readonly protocol: 'tcp' | 'udp';
  /** As the sender claims: anyone can write any source into a packet. */
  readonly source: Address;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** The flag bits of the TCP header, see `TcpFlag`; 0 for UDP. */
  readonly flags: number;
  /** Equal for a retransmission of a packet, nearly always different for a new knock; see `fingerprint`. */
  readonly fingerprint: number;
}
