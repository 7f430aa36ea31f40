import { type Address, V4_MAPPED } from './address.js';

/** True for an IPv4 address, which includes a v4-mapped one: the two are the same value here. */
export function isIPv4(address: Address): boolean {
  return address.a === 0 && address.b === 0 && address.c === V4_MAPPED;
}
