import { canonicalAddress } from '#address';
import { ApiError } from './api-error.js';

/** Canonical text of the address that somebody wrote. @throws ApiError */
export function sourceOf(text: string): string {
  const ip = canonicalAddress(text);
  if (ip === undefined) throw new ApiError(400, 'ip: is not an IP address; write an IPv4 or IPv6 address');
  return ip;
}
