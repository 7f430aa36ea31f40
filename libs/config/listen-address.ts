import { canonicalAddress } from '#address';

/** A TCP address to listen on. */
export interface ListenAddress {
  /** Canonical IP text without brackets. `::` is IPv6 only: IPv4 is an address of its own, 0.0.0.0. */
  readonly host: string;
  readonly port: number;
}

export const ANY_IPV4 = '0.0.0.0';
export const ANY_IPV6 = '::';

/** A bare port stands for every address of both families. */
export function everyAddress(port: number): readonly ListenAddress[] {
  return [
    { host: ANY_IPV4, port },
    { host: ANY_IPV6, port },
  ];
}

/** Canonical host text, or undefined. A zone is refused: dropping it would listen on every interface's address. */
export function listenHost(text: string): string | undefined {
  return text.includes('%') ? undefined : canonicalAddress(text);
}

/** True if a connection could belong to both, so that the second bind would fail: bind(2), EADDRINUSE. */
export function overlaps(x: ListenAddress, y: ListenAddress): boolean {
  if (x.port !== y.port || isIPv6(x.host) !== isIPv6(y.host)) return false;
  return x.host === y.host || isAny(x.host) || isAny(y.host);
}

function isIPv6(host: string): boolean {
  return host.includes(':');
}

function isAny(host: string): boolean {
  return host === ANY_IPV4 || host === ANY_IPV6;
}
