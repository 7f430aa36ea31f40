// One IP address has one value and one text, whatever it came as; text from outside is an address or undefined, never a throw.
export type { Address } from './address.js';
export { addressFromBytes } from './address-from-bytes.js';
export { addressToBytes } from './address-to-bytes.js';
export { bracketed } from './bracketed.js';
export { canonicalAddress } from './canonical-address.js';
export type { Cidr } from './cidr.js';
export { cidrContains } from './cidr-contains.js';
export { formatAddress } from './format-address.js';
export { formatCidr } from './format-cidr.js';
export { type HostPort, hostPort } from './host-port.js';
export { isIPv4 } from './is-ipv4.js';
export { isLoopback } from './is-loopback.js';
export { parseAddress } from './parse-address.js';
export { parseCidr } from './parse-cidr.js';
export { parseIPv4 } from './parse-ipv4.js';
export { sameAddress } from './same-address.js';
