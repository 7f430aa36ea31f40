// 2^32 over the golden ratio, odd: it spreads the 16 bits of a port over 32 without merging two ports.
const GOLDEN = 0x9e3779b1;

/**
 * An unsigned 32-bit number from a source port and 32 bits that a sender repeats when it retransmits: TCP's sequence
 * number (RFC 9293, 3.8.1), UDP's length and checksum. A repeat has the same fingerprint, and packets that differ in
 * only one of the two never do.
 *
 * The destination port is not in it: nmap sends one source port and one sequence number to every port of a scan, so a
 * repeat is an equal fingerprint *at the same port*. nmap's own retries change both, and are new knocks. The UDP
 * checksum covers the payload only off this host: on loopback the kernel leaves it unfinished.
 *
 * A collision makes a new knock look like a repeat and costs that knock. It never opens anything.
 */
export function fingerprint(sourcePort: number, repeated: number): number {
  return (Math.imul(sourcePort, GOLDEN) ^ repeated) >>> 0;
}
