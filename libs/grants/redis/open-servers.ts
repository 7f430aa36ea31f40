import { ClusterServers } from './cluster-servers.js';
import { OneServer } from './one-server.js';
import type { RedisServers } from './redis-servers.js';
import type { RedisTarget } from './redis-target.js';

/** Begins to connect to these. @param target or the URL of a single server */
export function openServers(target: RedisTarget | string, connectionName: string): RedisServers {
  const at: RedisTarget = typeof target === 'string' ? { kind: 'redis', url: target } : target;
  return at.kind === 'cluster' ? new ClusterServers(at, connectionName) : new OneServer(at, connectionName);
}
