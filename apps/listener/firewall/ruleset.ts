/** A first packet from an arbitrary remote host: would this host's firewall let it in? */
export interface Probe {
  readonly family: 4 | 6;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** The interface that it comes in by. */
  readonly device: string;
}

/**
 * Whether a rule concerns a probe. `no` also if that hangs on who sends, or how often: a ban does not make a host deaf, and an
 * exception for one address does not make it hear. `maybe`: the rule asks for something that is not understood.
 */
export type Match = 'yes' | 'no' | 'maybe';

export type Target =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'continue' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

export interface Rule {
  readonly matches: (probe: Probe) => Match;
  /** By the probe, as a verdict map of nftables tells packets apart. */
  readonly target: (probe: Probe) => Target;
}

/** A table's chains by their name, and those of them where the kernel comes in on a packet's way into the host. */
export interface Ruleset {
  readonly family: 4 | 6 | 'both';
  readonly chains: ReadonlyMap<string, readonly Rule[]>;
  readonly bases: readonly { readonly chain: string; readonly policy: 'accept' | 'drop' }[];
}

/** Of several conditions that must all hold. */
export function allOf(matches: Iterable<Match>): Match {
  let all: Match = 'yes';
  for (const match of matches) {
    if (match === 'no') return 'no';
    if (match === 'maybe') all = 'maybe';
  }
  return all;
}

export function opposite(match: Match): Match {
  if (match === 'maybe') return 'maybe';
  return match === 'yes' ? 'no' : 'yes';
}
