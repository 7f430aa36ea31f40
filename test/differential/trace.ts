import type { Step } from '#knock';

/** A section of knockd.conf. */
export interface Door {
  readonly name: string;
  readonly sequence: readonly Step[];
  readonly seqTimeoutS: number;
  /** knockd's words: `syn`, `!ack`; none: TCPFlags is not there. */
  readonly tcpFlags: readonly string[];
}

/** What a knockd and a knockgate on one interface are given. */
export interface LaneConfig {
  readonly doors: readonly Door[];
  readonly capture: 'packet' | 'raw';
}

/** One packet of a trace. */
export interface Packet {
  /** When: to be sent, since the history's begin; once it has arrived: the kernel's time of that, since 1970. */
  readonly atMs: number;
  readonly source: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** 0 for UDP. */
  readonly flags: number;
  readonly sourcePort: number;
  /** TCP's sequence number, or UDP's payload: equal, with the same source port, in a retransmission only. */
  readonly repeated: number;
}

/** What differs from knockd, by the names that docs/differences.md explains. */
export const SWITCHES = [
  'foreignPortsVoid',
  'servedAndIgnoredExempt',
  'repeatsIgnored',
  'voidingPacketStartsAnew',
  'attemptIsItsOwn',
  'exactTime',
  'doorsIndependent',
  'onlyOwnProtocols',
  'rstIsNoKnock',
] as const;
export type Switch = (typeof SWITCHES)[number];

/** All off: knockd 0.8. */
export const KNOCKD: ReadonlySet<Switch> = new Set();
/** All on: knockgate. */
export const KNOCKGATE: ReadonlySet<Switch> = new Set(SWITCHES);

/** Ports at which nobody knocks by mistake, by the lane's config: what it serves, ignores and listens on. */
export const IGNORED_PORTS = [22, 80, 443] as const;
export const SERVED = { tcp: 2222, udp: 5353 } as const;
export const LISTEN_PORT = 8081;
