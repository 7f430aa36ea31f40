import type { Cidr } from '#address';
import type { KnockDoor } from '#knock';
import type { ListenAddress } from './listen-address.js';

/** A door as the whole product knows it: what opens it, for how long, and what is behind it. */
export interface DoorSettings extends KnockDoor {
  /** How long a grant lasts. */
  readonly cmdTimeoutMs: number;
  /** No two doors share an address. */
  readonly listen: readonly ListenAddress[];
  /** `http://HOST[:PORT]`, `https://HOST[:PORT]`, `tcp://HOST:PORT`, or `sample`: a small built-in page. */
  readonly upstream: string;
  /** Fits the upstream's scheme. */
  readonly mode: 'http' | 'tcp';
  readonly hide: 'auto' | 'closed' | 'filtered' | 'reset';
  /** cut: live connections end with the grant; drain: the current exchange may end. */
  readonly onExpiry: 'cut' | 'drain';
  readonly proxyProtocol: 'off' | 'v1' | 'v2';
  /** Who may name the client in X-Forwarded-For or a PROXY header. */
  readonly trustedProxies: readonly Cidr[];
  readonly upstreamTimeoutMs: number;
}
