import { type HostPort, hostPort } from '#address';
import { type Cluster, Command, type Redis } from 'ioredis';
import { type GrantFollower, StoreUnavailable } from '../grant-store.js';
import { ClusterFollowing } from './cluster-following.js';
import { reasonOf } from './reason-of.js';
import { clusterConnection, connectionAttempt, expectAnswer } from './redis-connection.js';
import { redisKeys } from './redis-keys.js';
import type { CheckedFollowing, RedisServers } from './redis-servers.js';
import { type ClusterTarget, nodeTarget, type SingleTarget } from './redis-target.js';

/** What ioredis says after it has said why. */
const CLOSED = 'Connection is closed.';

/** The masters of a Redis Cluster. All keys of a door are in one slot, and so on one of them. */
export class ClusterServers implements RedisServers {
  readonly client: Cluster;
  private lastError = 'not connected';

  constructor(
    private readonly target: ClusterTarget,
    connectionName: string,
  ) {
    this.client = clusterConnection(target, connectionName);
    this.client.on('ready', () => (this.lastError = 'connection closed'));
    this.client.on('node error', (error: Error, node: string) => {
      const reason = reasonOf(error);
      if (reason !== CLOSED) this.lastError = `${node}: ${reason}`;
    });
  }

  async masters(): Promise<readonly Redis[]> {
    await connectionAttempt(this.client);
    const connected = this.connected();
    const names = [...new Set(this.client.slots.flatMap((nodes) => nodes[0] ?? []))];
    if (names.length === 0) throw new StoreUnavailable(this.lastError);
    return names.map((name) => {
      const redis = connected.get(name);
      if (redis !== undefined) return redis;
      this.refresh();
      throw new StoreUnavailable(`${name}: connection closed`);
    });
  }

  masterOf(door: string): Redis | undefined {
    const name = this.nameOf(door);
    return name === undefined ? undefined : this.connected().get(name);
  }

  /** The doors by the master that has them now; undefined while that is not known of each. */
  placed(doors: readonly string[]): ReadonlyMap<string, readonly string[]> | undefined {
    const found = new Map<string, string[]>();
    for (const door of doors) {
      const name = this.nameOf(door);
      if (name === undefined) return undefined;
      found.set(name, [...(found.get(name) ?? []), door]);
    }
    return found;
  }

  /** One of the masters, as a server by itself. */
  node(name: string): SingleTarget {
    return nodeTarget(addressOf(name), this.target);
  }

  addresses(): readonly string[] {
    const names = new Set(this.client.slots.flatMap((nodes) => nodes[0] ?? []));
    return [...names].map((name) => hostPort(addressOf(name))).toSorted();
  }

  /** Asks again which master has what; the answer is a `refresh` of the client. */
  refresh(): void {
    if (this.client.status === 'ready') this.client.refreshSlotsCache();
  }

  follow(doors: readonly string[], follower: GrantFollower): CheckedFollowing {
    return new ClusterFollowing(this, doors, follower);
  }

  async check(): Promise<void> {
    const masters = await this.masters();
    const answers = await Promise.allSettled(masters.map(expectAnswer));
    const failed = masters.filter((_redis, i) => answers[i]!.status === 'rejected');
    // one that hangs would wait for TCP to notice; it is connected anew once the cluster names it again
    for (const redis of failed) redis.disconnect();
    if (failed.length === 0) return;
    this.refresh();
    const reason = answers.find((answer) => answer.status === 'rejected')!.reason as unknown;
    throw new StoreUnavailable(`${nameOf(failed[0]!)}: ${reasonOf(reason)}`, { cause: reason });
  }

  unavailable(error: unknown): StoreUnavailable {
    if (error instanceof StoreUnavailable) return error;
    const reason = this.client.status === 'ready' ? reasonOf(error) : this.lastError;
    return new StoreUnavailable(reason, { cause: error });
  }

  close(): void {
    this.client.disconnect();
  }

  private nameOf(door: string): string | undefined {
    return this.client.slots[slotOf(redisKeys.events(door))]?.[0];
  }

  private connected(): ReadonlyMap<string, Redis> {
    return new Map(this.client.nodes('master').map((redis) => [nameOf(redis), redis]));
  }
}

/** As ioredis spells nodes in its table of slots. */
function nameOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}

function addressOf(name: string): HostPort {
  const at = name.lastIndexOf(':');
  return { host: name.slice(0, at), port: Number(name.slice(at + 1)) };
}

/** Redis Cluster specification, key distribution model. */
function slotOf(key: string): number {
  return new Command('exists', [key]).getSlot();
}
