import { type Cidr, canonicalAddress, cidrContains, parseAddress } from '#address';

/**
 * The client that a request comes from, canonical: the peer, unless that is a trusted proxy; then the last address of
 * X-Forwarded-For that is no trusted proxy. Undefined if that address cannot be read: it has no grant then.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  trustedProxies: readonly Cidr[],
): string | undefined {
  if (!isTrusted(peer, trustedProxies) || forwardedFor === undefined) return peer;
  // SECURITY: from the right; everything to the left of the first untrusted address was written by that stranger.
  for (const hop of forwardedFor.split(',').toReversed()) {
    const address = canonicalAddress(hop.trim());
    if (address === undefined || !isTrusted(address, trustedProxies)) return address;
  }
  return peer;
}

export function isTrusted(ip: string, trustedProxies: readonly Cidr[]): boolean {
  if (trustedProxies.length === 0) return false;
  const address = parseAddress(ip);
  return address !== undefined && trustedProxies.some((cidr) => cidrContains(cidr, address));
}
