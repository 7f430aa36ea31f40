import { hostPort } from '#address';
import type { Redis } from 'ioredis';
import type { GrantFollower } from '../grant-store.js';
import { expectAnswers, redisConnection } from './redis-connection.js';
import { RedisFollowing } from './redis-following.js';
import type { CheckedFollowing, RedisServers } from './redis-servers.js';
import { type MasterTarget } from './redis-target.js';
import { unavailableBy } from './store-unavailable.js';

/** One server, or the one that Sentinels call the master. */
export class OneServer implements RedisServers {
  readonly client: Redis;
  readonly unavailable: RedisServers['unavailable'];

  constructor(
    private readonly target: MasterTarget,
    connectionName: string,
  ) {
    this.client = redisConnection(target, { connectionName });
    this.unavailable = unavailableBy(this.client);
  }

  masters(): Promise<readonly Redis[]> {
    return Promise.resolve([this.client]);
  }

  masterOf(): Redis {
    return this.client;
  }

  addresses(): readonly string[] {
    const { remoteAddress: host, remotePort: port } = this.client.stream;
    if (host !== undefined && port !== undefined) return [hostPort({ host, port })];
    return [];
  }

  follow(doors: readonly string[], follower: GrantFollower): CheckedFollowing {
    return new RedisFollowing(this.target, doors, follower);
  }

  check(): Promise<void> {
    return expectAnswers([this.client]);
  }

  close(): void {
    this.client.disconnect();
  }
}
