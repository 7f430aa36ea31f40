import type { Address } from './address.js';
import { isIPv4 } from './is-ipv4.js';

const LOOPBACK_NET = 127;

/** True for 127.0.0.0/8 (RFC 1122, 3.2.1.3), also v4-mapped, and for ::1 (RFC 4291, 2.5.3). */
export function isLoopback(address: Address): boolean {
  if (isIPv4(address)) return address.d >>> 24 === LOOPBACK_NET;
  return address.a === 0 && address.b === 0 && address.c === 0 && address.d === 1;
}
