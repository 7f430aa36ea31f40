import { type Match, opposite, type Probe } from './ruleset.js';

/** The elements of the table's named sets and maps, by name. */
export type NftSets = ReadonlyMap<string, readonly unknown[]>;

export interface NftContext {
  readonly probe: Probe;
  readonly sets: NftSets;
}

interface MatchObject {
  readonly op: string;
  readonly left: unknown;
  readonly right: unknown;
}

/**
 * What a probe has where a rule looks: a value, something `other` than a rule could name, nothing (`absent`: the rule is
 * about another protocol), or not understood.
 */
type Field = { readonly value: string | number } | 'other' | 'absent' | 'unknown';

const NUMBERS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58, 'ipv6-icmp': 58 };

/** libnftables-json(5), match. */
export function nftMatch(match: unknown, context: NftContext): Match {
  const { op, left, right } = match as MatchObject;
  if (fieldOf(left, context.probe) === 'absent') return 'no';
  const equal = nftValueMatch(left, right, context);
  switch (op) {
    case '==':
    case 'in':
      return equal;
    case '!=':
      return opposite(equal);
    default:
      return 'maybe';
  }
}

/** Whether a field of the probe is that value, within that range, or in that set. */
export function nftValueMatch(left: unknown, right: unknown, context: NftContext): Match {
  const field = fieldOf(left, context.probe);
  if (field === 'unknown') return 'maybe';
  if (field === 'other' || field === 'absent') return 'no';
  return contains(right, field.value, context.sets) ? 'yes' : 'no';
}

function contains(right: unknown, value: string | number, sets: NftSets): boolean {
  if (Array.isArray(right)) return right.some((item) => contains(item, value, sets));
  if (typeof right === 'string' && right.startsWith('@')) return contains(sets.get(right.slice(1)) ?? [], value, sets);
  if (typeof right !== 'object' || right === null) return isEqual(right, value);
  const { set, range, elem } = right as { set?: unknown; range?: readonly number[]; elem?: { val?: unknown } };
  if (set !== undefined) return contains(set, value, sets);
  if (elem !== undefined) return contains(elem.val ?? elem, value, sets);
  if (range === undefined) return false;
  return Number(value) >= Number(range[0]) && Number(value) <= Number(range[1]);
}

function isEqual(right: unknown, value: string | number): boolean {
  if (typeof right === 'string' && right.endsWith('*')) return String(value).startsWith(right.slice(0, -1));
  return right === value || right === '*' || (typeof right === 'string' && NUMBERS[right] === value);
}

type Left = {
  readonly meta?: { readonly key: string };
  readonly ct?: { readonly key: string };
  readonly payload?: { readonly protocol?: string; readonly field?: string };
  readonly fib?: { readonly result: string };
  readonly '&'?: readonly [unknown, unknown];
};

function fieldOf(left: unknown, probe: Probe): Field {
  const { meta, ct, payload, fib, '&': masked } = left as Left;
  if (meta !== undefined) return metaField(meta.key, probe);
  if (ct !== undefined) return ctField(ct.key);
  if (payload !== undefined) return payloadField(payload, probe);
  if (fib !== undefined) return fib.result === 'type' ? { value: 'local' } : 'other';
  if (masked !== undefined) return maskedField(masked, probe);
  return 'unknown';
}

function metaField(key: string, { family, protocol, device }: Probe): Field {
  switch (key) {
    case 'iifname':
    case 'iif':
      return { value: device };
    case 'l4proto':
      return { value: protocol };
    case 'nfproto':
      return { value: family === 4 ? 'ipv4' : 'ipv6' };
    case 'protocol':
      return { value: family === 4 ? 'ip' : 'ip6' };
    case 'pkttype':
      return { value: 'host' };
    case 'mark':
      return { value: 0 };
    default:
      return 'unknown';
  }
}

function ctField(key: string): Field {
  if (key === 'state') return { value: 'new' };
  if (key === 'mark') return { value: 0 };
  return key === 'status' ? 'other' : 'unknown';
}

function payloadField({ protocol, field }: NonNullable<Left['payload']>, probe: Probe): Field {
  if (protocol === 'ip' || protocol === 'ip6') {
    if (protocol !== (probe.family === 4 ? 'ip' : 'ip6')) return 'absent';
    if (field === 'protocol' || field === 'nexthdr') return { value: probe.protocol };
    // who sends: see `Match`
    return field === 'saddr' ? 'other' : 'unknown';
  }
  if (protocol === 'ether') return 'other';
  if (protocol !== probe.protocol && protocol !== 'th') return 'absent';
  if (field === 'dport') return { value: probe.port };
  if (field === 'flags') return { value: 'syn' };
  return field === 'sport' ? 'other' : 'unknown';
}

/** As `tcp flags & (fin | syn | rst | ack) == syn`, or a mark under a mask. */
function maskedField([left, mask]: readonly [unknown, unknown], probe: Probe): Field {
  const field = fieldOf(left, probe);
  if (typeof field === 'string' || field.value === 0) return field;
  if (field.value !== 'syn') return 'unknown';
  return JSON.stringify(mask).includes('"syn"') ? field : { value: 0 };
}
