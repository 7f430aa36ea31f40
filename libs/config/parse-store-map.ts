import { type Flaw, ok, type Parsed, wrong } from './parsed.js';
import type { HostPort } from '#address';

/** The keys of `store` where it is a map, each of which is right by itself. */
export interface StoreMap {
  readonly url?: string | undefined;
  readonly sentinels?: readonly HostPort[] | undefined;
  readonly name?: string | undefined;
  readonly cluster?: readonly HostPort[] | undefined;
  readonly username?: string | undefined;
  readonly password_file?: string | undefined;
  readonly sentinel_username?: string | undefined;
  readonly sentinel_password_file?: string | undefined;
  readonly tls?: boolean | StoreTls | undefined;
  readonly wait_replicas?: number | undefined;
}

export interface StoreTls {
  readonly ca_file?: string | undefined;
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
}

export type StoreServers =
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'sentinel'; readonly sentinels: readonly HostPort[]; readonly name: string }
  | { readonly kind: 'cluster'; readonly nodes: readonly HostPort[] };

/** A map that makes sense as a whole; what its files hold is read later. */
export interface StoreWish {
  readonly servers: StoreServers;
  readonly map: StoreMap;
}

/** Which servers, and whether the rest goes with them. */
export function parseStoreMap(map: StoreMap): Parsed<StoreWish> {
  const servers = serversOf(map);
  if (servers.kind === 'wrong') return servers;
  const flaws = [...credentialFlaws(map, servers.value), ...tlsFlaws(map)];
  return flaws.length > 0 ? wrong(...flaws) : ok({ servers: servers.value, map });
}

function serversOf({ url, sentinels, cluster, name }: StoreMap): Parsed<StoreServers> {
  const [first, second] = Object.entries({ url, sentinels, cluster }).filter(([, value]) => value !== undefined);
  if (first === undefined) {
    return wrong({ what: 'names no server', instead: 'write url: redis://HOST:PORT, or sentinels: or cluster:' });
  }
  if (second !== undefined) return wrong({ what: `has ${first[0]} and ${second[0]}`, instead: 'keep one of the two' });
  if (sentinels === undefined) {
    if (name !== undefined) return wrong({ what: 'has a name, but no sentinels', instead: 'remove it, or write both' });
    return ok(url === undefined ? { kind: 'cluster', nodes: cluster! } : { kind: 'redis', url });
  }
  if (name !== undefined) return ok({ kind: 'sentinel', sentinels, name });
  return wrong({ what: 'has sentinels, but no name', instead: 'write name: and what they call the master' });
}

function* credentialFlaws(map: StoreMap, servers: StoreServers): Generator<Flaw> {
  for (const user of ['username', 'sentinel_username'] as const) {
    const secret = user === 'username' ? 'password_file' : 'sentinel_password_file';
    if (map[user] !== undefined && map[secret] === undefined) {
      yield { what: `has ${user}, but no ${secret}`, instead: `write ${secret}: and the file with the password` };
    }
  }
  const ofSentinels = (['sentinel_username', 'sentinel_password_file'] as const).find((key) => map[key] !== undefined);
  if (ofSentinels !== undefined && servers.kind !== 'sentinel') {
    yield { what: `has ${ofSentinels}, but no sentinels`, instead: 'remove it' };
  }
  if (servers.kind !== 'redis' || map.password_file === undefined) return;
  const { username, password } = new URL(servers.url);
  if (username + password !== '') {
    yield { what: 'has credentials in url and a password_file', instead: 'keep one of the two' };
  }
}

function* tlsFlaws({ url, tls }: StoreMap): Generator<Flaw> {
  if (tls !== undefined && tls !== false && url?.startsWith('redis:') === true) {
    yield { what: 'has tls, but a url without it', instead: 'write rediss:// in url, or remove tls' };
  }
  if (tls === false && url?.startsWith('rediss:') === true) {
    yield { what: 'has tls: false, but a url with it', instead: 'write redis:// in url, or remove tls' };
  }
  if (typeof tls !== 'object') return;
  const { cert_file: cert, key_file: key } = tls;
  if ((cert === undefined) === (key === undefined)) return;
  const [there, missing] = cert === undefined ? ['key_file', 'cert_file'] : ['cert_file', 'key_file'];
  yield { what: `has tls.${there}, but no tls.${missing}`, instead: 'write both: they prove who we are' };
}
