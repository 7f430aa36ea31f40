/** A server; an IPv6 address is without brackets. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** What each server is asked with; a URL may say it instead. */
export interface RedisAccess {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly sentinelUsername?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  /** PEM. Undefined: no TLS, unless the URL says so. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  /** How many replicas are to confirm what must not be lost; 0: none is asked. */
  readonly waitReplicas?: number | undefined;
}

export interface SingleTarget extends RedisAccess {
  readonly kind: 'redis';
  readonly url: string;
}

export interface SentinelTarget extends RedisAccess {
  readonly kind: 'sentinel';
  readonly sentinels: readonly ServerAddress[];
  /** What they call the master. */
  readonly name: string;
}

export interface ClusterTarget extends RedisAccess {
  readonly kind: 'cluster';
  /** Some of its nodes; they know the others. */
  readonly nodes: readonly ServerAddress[];
}

/** One server at a time: a connection to it knows where it is. */
export type MasterTarget = SingleTarget | SentinelTarget;

/** The Redis that the config's `store` means. */
export type RedisTarget = MasterTarget | ClusterTarget;

/** One node of a cluster, as a server by itself. */
export function nodeTarget({ host, port }: ServerAddress, { username, password, tls }: RedisAccess): SingleTarget {
  const url = `${tls === undefined ? 'redis' : 'rediss'}://${addressText({ host, port })}`;
  return { kind: 'redis', url, username, password, tls };
}

/** HOST:PORT, an IPv6 address in brackets. */
export function addressText({ host, port }: ServerAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
