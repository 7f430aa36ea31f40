import type { MapShape } from './bpf.js';

// What the programs and this process agree on: keys and values of the maps, byte for byte.

const ADDRESS_BYTES = 16;
const NUMBER_BYTES = 4;

/** An address, IPv4 as v4-mapped, and a number: a port (of a listen address) or a door (of a grant). */
export const KEY = { bytes: ADDRESS_BYTES + NUMBER_BYTES, address: 0, number: ADDRESS_BYTES } as const;

/** struct bpf_lpm_trie_key: how many bits count, then the bits, the door's before the address's. */
export const PROXY_KEY = { bytes: 24, prefixLength: 0, door: 4, address: 8, doorBits: 32 } as const;

/** What stands at a public address: whose door it is, and the socket to hand connections to, if that listens elsewhere. */
export const LISTEN = { bytes: 12, door: 0, slot: 4, drain: 8 } as const;

export const DEADLINE_BYTES = 8;
const SLOT_BYTES = 4;

/** The door number under which a source has the latest of its deadlines at any door. */
export const ANY_DOOR = 0;
/** The door number under which nobody ever has a grant. */
export const NO_DOOR = -1;
/** The slot of a listen address whose socket listens there itself. */
export const NO_SLOT = 0;

/** Listen addresses of one gateway, and proxies' CIDRs: what a config can name. */
const MAX_LISTENS = 4096;
const MAX_PROXIES = 65_536;

/** The maps of one gate; `grants` has two entries for the first grant of a source, and one for each more. */
export function mapShapes(maxGrants: number) {
  const number = { keyBytes: NUMBER_BYTES };
  return {
    /** KEY of source and door → boot time in ns at which the grant ends */
    grants: {
      type: 'hash',
      name: 'kg_grants',
      keyBytes: KEY.bytes,
      valueBytes: DEADLINE_BYTES,
      maxEntries: 2 * maxGrants,
    },
    /** PROXY_KEY → anything: sources that pass without a grant, since their clients are judged by what they say */
    proxies: { type: 'lpmTrie', name: 'kg_proxies', keyBytes: PROXY_KEY.bytes, valueBytes: 1, maxEntries: MAX_PROXIES },
    /** KEY of public address and port → LISTEN */
    listens: {
      type: 'hash',
      name: 'kg_listens',
      keyBytes: KEY.bytes,
      valueBytes: LISTEN.bytes,
      maxEntries: MAX_LISTENS,
    },
    /** KEY of an address and port at which something listens that a source without a grant must not find → anything */
    refused: { type: 'hash', name: 'kg_refused', keyBytes: KEY.bytes, valueBytes: 1, maxEntries: MAX_LISTENS },
    /** 0 → boot time in ns until which what is known of the grants counts */
    fresh: { type: 'array', name: 'kg_fresh', ...number, valueBytes: DEADLINE_BYTES, maxEntries: 1 },
    /** slot → listening socket */
    sockets: { type: 'sockHash', name: 'kg_sockets', keyBytes: SLOT_BYTES, valueBytes: 8, maxEntries: MAX_LISTENS },
  } as const satisfies Record<string, MapShape>;
}

export type MapName = keyof ReturnType<typeof mapShapes>;
