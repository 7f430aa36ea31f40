import { type Address, V4_MAPPED } from './address.js';
import { parseIPv4 } from './parse-ipv4.js';
import { parseIPv6 } from './parse-ipv6.js';

// The longest address (INET6_ADDRSTRLEN - 1), `%`, the longest interface name (IFNAMSIZ - 1): netinet/in.h, if(7).
const MAX_LENGTH = 45 + 1 + 15;
// RFC 6874: a zone id is of unreserved characters.
const ZONE = /%[0-9a-z._~-]+$/i;

/**
 * IPv4 in strict dotted decimal, or IPv6 in any form of RFC 4291, 2.2. `::ffff:1.2.3.4` is 1.2.3.4. The zone id of an
 * IPv6 address (`fe80::1%eth0`, RFC 4007, 11) is dropped. Everything else is undefined: brackets, ports, prefixes,
 * spaces, octal or short IPv4, text of more than 61 characters. Never throws.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  if (text.includes(':')) return parseIPv6(text.replace(ZONE, ''));
  const d = parseIPv4(text);
  return d === undefined ? undefined : { a: 0, b: 0, c: V4_MAPPED, d };
}
