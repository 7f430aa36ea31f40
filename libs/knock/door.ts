import type { Address } from '#address';

/** knockd's protocols of a sequence step, `port[:tcp|udp]`. */
export type Protocol = 'tcp' | 'udp';

/** One knock of a sequence: a destination port from 1 to 65535. */
export interface Step {
  readonly port: number;
  readonly protocol: Protocol;
}

/**
 * knockd's `tcpflags` as two masks over the TCP flag bits (RFC 9293, 3.1): all of `set` must be set, none of `clear`
 * may be. Flags in neither mask do not matter; both 0 means that every TCP packet counts, as in knockd.
 */
export interface FlagRule {
  readonly set: number;
  readonly clear: number;
}

/** What the attempt table needs to know of a door. Door names are unique. */
export interface KnockDoor {
  readonly name: string;
  readonly sequence: readonly Step[];
  readonly seqTimeoutMs: number;
  readonly tcpFlags: FlagRule;
  /** knockd's `target`: only packets to this address count. Without it, to any address of this host. */
  readonly target?: Address | undefined;
}

/** Two doors with the same one judge all packets alike, on whatever host. SECURITY: it has the sequence. */
export function doorIdentity({ name, sequence, seqTimeoutMs, tcpFlags, target }: KnockDoor): string {
  const steps = sequence.map(({ port, protocol }) => `${port}:${protocol}`);
  const to = target === undefined ? [] : [target.a, target.b, target.c, target.d];
  return JSON.stringify([name, steps, seqTimeoutMs, tcpFlags.set, tcpFlags.clear, to]);
}
