import { type HostPort, hostPort } from '#address';

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
  readonly sentinels: readonly HostPort[];
  /** What they call the master. */
  readonly name: string;
}

export interface ClusterTarget extends RedisAccess {
  readonly kind: 'cluster';
  /** Some of its nodes; they know the others. */
  readonly nodes: readonly HostPort[];
}

/** One server at a time: a connection to it knows where it is. */
export type MasterTarget = SingleTarget | SentinelTarget;

/** The Redis that the config's `store` means. */
export type RedisTarget = MasterTarget | ClusterTarget;

/** One node of a cluster, as a server by itself. */
export function nodeTarget({ host, port }: HostPort, { username, password, tls }: RedisAccess): SingleTarget {
  const url = `${tls === undefined ? 'redis' : 'rediss'}://${hostPort({ host, port })}`;
  return { kind: 'redis', url, username, password, tls };
}
