import type { Cidr } from '#address';
import type { KnockDoor } from '#knock';
import type { ListenAddress } from './listen-address.js';

/** Command lines in which `%IP%` stands for the source. */
export interface DoorCommands {
  /** At the grant. */
  readonly start: string | undefined;
  /** At its end. */
  readonly stop: string | undefined;
}

/** A door as the whole product knows it: what opens it, for how long, and what is behind it. */
export interface DoorSettings extends KnockDoor {
  /** Absolute: the file of sequences that work once each, in place of `sequence`, which is then empty. */
  readonly oneTimeSequences: string | undefined;
  /** What is run where the settings say `run_commands`, by the IP version of the source; undefined: nothing is. */
  readonly commands: Readonly<Record<4 | 6, DoorCommands>>;
  /** How long a grant lasts. */
  readonly cmdTimeoutMs: number;
  /** No two doors share an address. */
  readonly listen: readonly ListenAddress[];
  /** `http://HOST[:PORT]`, `https://HOST[:PORT]`, `tcp://HOST:PORT`, `sample`: a small built-in page, or `none`: no proxy. */
  readonly upstream: string;
  /** Fits the upstream's scheme. */
  readonly mode: 'http' | 'tcp';
  readonly hide: 'auto' | 'closed' | 'filtered' | 'reset';
  /** cut: live connections end with the grant; drain: the current exchange may end. */
  readonly onExpiry: 'cut' | 'drain';
  /** `off` unless the mode is tcp. */
  readonly proxyProtocol: 'off' | 'v1' | 'v2';
  /** Who may name the client in X-Forwarded-For or a PROXY header. */
  readonly trustedProxies: readonly Cidr[];
  readonly upstreamTimeoutMs: number;
  /** Where a client may ask for its own grant, in mode http; undefined: nowhere. */
  readonly statusPath: string | undefined;
}
