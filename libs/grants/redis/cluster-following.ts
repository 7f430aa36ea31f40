import type { Grant, GrantKey } from '../grant.js';
import type { GrantFollower } from '../grant-store.js';
import { monotonicMs } from '../monotonic-ms.js';
import type { ClusterServers } from './cluster-servers.js';
import { RedisFollowing } from './redis-following.js';
import { redisKeys } from './redis-keys.js';
import type { CheckedFollowing } from './redis-servers.js';

/** One master with some of the doors. */
interface Part {
  readonly doors: readonly string[];
  readonly following: RedisFollowing;
  /** Its grants, as it told them last; undefined while it cannot be heard. */
  live: Map<string, Grant> | undefined;
}

/**
 * Follows the grants of doors on several masters, each of which tells its own changes alone, and makes one of them. While
 * one cannot be heard the whole is lost: its doors must not stay open by what the others say.
 */
export class ClusterFollowing implements CheckedFollowing {
  private readonly parts = new Map<string, Part>();

  constructor(
    private readonly servers: ClusterServers,
    private readonly doors: readonly string[],
    private readonly follower: GrantFollower,
  ) {
    servers.client.on('refresh', this.arrange);
    this.arrange();
  }

  resync(): void {
    this.arrange();
    for (const { following } of this.parts.values()) following.resync();
  }

  /** Also looks whether each door is where it is followed: a master that has given one away says so only if asked for it. */
  async check(): Promise<void> {
    const { client } = this.servers;
    try {
      await Promise.all([...this.parts.values()].map(({ following }) => following.check()));
      await Promise.all(this.doors.map((door) => client.pttl(redisKeys.events(door)))); // goes after it: `refresh`
    } catch (error) {
      this.servers.refresh();
      throw error;
    }
  }

  /** Never: a master knows of the others' grants what it is told. */
  grant(): undefined {}

  close(): void {
    this.servers.client.off('refresh', this.arrange);
    for (const { following } of this.parts.values()) following.close();
    this.parts.clear();
  }

  /** Follows each door where it is now: after a failover, and after slots were moved. */
  private readonly arrange = (): void => {
    const placed = this.servers.placed(this.doors);
    if (placed === undefined) return;
    const misplaced = [...this.parts].filter(([name, { doors }]) => doors.join('\n') !== placed.get(name)?.join('\n'));
    if (misplaced.length > 0) this.follower.lost('doors have moved to another master');
    for (const [name, { following }] of misplaced) {
      following.close();
      this.parts.delete(name);
    }
    for (const [name, doors] of placed) if (!this.parts.has(name)) this.begin(name, doors);
  };

  private begin(name: string, doors: readonly string[]): void {
    const part: Part = {
      doors,
      live: undefined,
      following: new RedisFollowing(this.servers.node(name), doors, {
        snapshot: (grants) => {
          part.live = new Map(grants.map((grant) => [redisKeys.grant(grant), grant]));
          this.tell();
        },
        changed: (key, grant) => this.changed(part, key, grant),
        withoutTtl: (key) => this.follower.withoutTtl(key),
        lost: (reason) => {
          part.live = undefined;
          this.follower.lost(`${name}: ${reason}`);
          this.servers.refresh();
        },
      }),
    };
    this.parts.set(name, part);
  }

  private changed({ live }: Part, key: GrantKey, grant: Grant | undefined): void {
    if (grant === undefined) live?.delete(redisKeys.grant(key));
    else live?.set(redisKeys.grant(key), grant);
    this.follower.changed(key, grant);
  }

  private tell(): void {
    const parts = [...this.parts.values()];
    if (parts.some(({ live }) => live === undefined)) return;
    const nowMs = monotonicMs();
    const grants: Grant[] = [];
    for (const { live } of parts) {
      // what has ended there may not have been told here yet
      for (const grant of live!.values()) if (grant.deadlineMs > nowMs) grants.push(grant);
    }
    this.follower.snapshot(grants);
  }
}
