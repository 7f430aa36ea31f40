import { type Cidr, V4_PREFIX_LENGTH } from './cidr.js';
import { formatAddress } from './format-address.js';
import { isIPv4 } from './is-ipv4.js';

/** The canonical text, which `parseCidr` reads back; always with its prefix length: `10.0.0.1/32`. */
export function formatCidr({ network, prefixLength }: Cidr): string {
  return `${formatAddress(network)}/${isIPv4(network) ? prefixLength - V4_PREFIX_LENGTH : prefixLength}`;
}
