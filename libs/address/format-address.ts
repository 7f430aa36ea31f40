import type { Address } from './address.js';
import { isIPv4 } from './is-ipv4.js';

interface Run {
  readonly start: number;
  readonly length: number;
}

/**
 * The one canonical text of an address: RFC 5952, 4 (lower case, no leading zeros, the first longest run of two or more
 * zero groups as `::`), and dotted decimal for IPv4. Only v4-mapped addresses are written dotted, so `::1.2.3.4`
 * (IPv4-compatible, deprecated by RFC 4291, 2.5.5.1) reads `::102:304`.
 */
export function formatAddress(address: Address): string {
  return isIPv4(address) ? formatIPv4(address.d) : formatIPv6(address);
}

function formatIPv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 0xff}.${(value >>> 8) & 0xff}.${value & 0xff}`;
}

function formatIPv6({ a, b, c, d }: Address): string {
  const groups = [a, b, c, d].flatMap((word) => [word >>> 16, word & 0xffff]);
  const { start, length } = longestZeroRun(groups);
  // RFC 5952, 4.2.2: a single zero group is not shortened.
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

function longestZeroRun(groups: readonly number[]): Run {
  let longest: Run = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    // RFC 5952, 4.2.3: of equally long runs the first.
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  }
  return longest;
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}
