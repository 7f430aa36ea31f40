import { describe, expect, it, vi } from 'vitest';
import { type Grant, type GrantFollower, type GrantKey, GrantMirror, RedisGrantStore } from '#grants';
import { RedisCluster } from '../lab/redis-cluster.js';
import { RedisSentinels } from '../lab/redis-sentinels.js';
import type { RedisServer } from '../lab/redis-server.js';

const DOORS = ['HTTP', 'SSH', 'MAIL', 'NEWS'];
const IP = '203.0.113.7';
const request = (door: string, ttlMs = 60_000) => ({ door, ip: IP, ttlMs, method: 'knock', listener: 'test:1' });
const until = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 5 });

const ignore = (): void => {};

/** What a gateway knows. */
function mirrorOf(store: RedisGrantStore): GrantMirror {
  const mirror = new GrantMirror(60_000, { ended: ignore, stale: ignore, lost: ignore, withoutTtl: ignore });
  const follower: GrantFollower = {
    snapshot: (grants: readonly Grant[]) => mirror.snapshot(grants),
    changed: (key: GrantKey, grant) => mirror.changed(key, grant),
    withoutTtl: ignore,
    lost: (reason) => mirror.lost(reason),
  };
  store.follow(DOORS, follower);
  return mirror;
}

/** Servers of which one can be killed, with another to take over. */
interface Servers extends AsyncDisposable {
  store(): RedisGrantStore;
  masterOf(door: string): Promise<RedisServer>;
}

async function withSentinels(): Promise<Servers> {
  const sentinels = await RedisSentinels.start();
  return {
    store: () => new RedisGrantStore({ ...sentinels.target, waitReplicas: 1 }, 1000),
    masterOf: () => sentinels.master(),
    [Symbol.asyncDispose]: () => sentinels.stop(),
  };
}

async function withCluster(): Promise<Servers> {
  const cluster = await RedisCluster.start();
  return {
    store: () => new RedisGrantStore({ ...cluster.target, waitReplicas: 1 }, 1000),
    masterOf: (door) => cluster.masterOf(`knockgate:{${door}}:events`),
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

describe.each([
  ['Sentinel', withSentinels],
  ['Cluster', withCluster],
])('a master of %s is killed', (_name, start) => {
  it('grants stay, to their moment; what was revoked stays so; doors open again, and events go on', async () => {
    await using servers = await start();
    const store = servers.store();
    const mirror = mirrorOf(store);
    await until(() => expect(mirror.fresh).toBe(true));
    await until(() => store.ping());
    // as a process does (Heartbeat)
    const beat = setInterval(() => void store.ping().then(() => mirror.heard(), ignore), 1000);
    const isOpen = (door: string): boolean => mirror.allows(door, IP);
    const trail = store.trail(DOORS);
    const granted = await Promise.all(DOORS.map((door) => store.grant(request(door))));
    const { grant: short } = await store.grant({ ...request('HTTP', 1500), ip: '203.0.113.8' });
    expect(await store.revoke({ door: 'SSH', ip: IP }, 'test')).toBe(true);
    await until(() => expect([isOpen('HTTP'), isOpen('SSH'), isOpen('NEWS')]).toEqual([true, false, true]));

    const master = await servers.masterOf('HTTP');
    await master.stop('SIGKILL');
    await until(() => expect(mirror.fresh).toBe(false));
    expect(isOpen('HTTP')).toBe(true); // until store_max_stale, as when a single server is lost

    await until(async () => expect((await store.grant({ ...request('HTTP'), ip: '203.0.113.9' })).kind).toBe('opened'));
    await until(() => expect(mirror.allows('HTTP', '203.0.113.9')).toBe(true));
    await until(() => store.ping());
    expect(mirror.fresh).toBe(true);
    expect([isOpen('HTTP'), isOpen('SSH'), isOpen('MAIL'), isOpen('NEWS')]).toEqual([true, false, true, true]);
    expect((await store.list()).map(({ door, ip }) => `${door} ${ip}`).toSorted()).toEqual(
      expect.arrayContaining(['HTTP 203.0.113.7', 'HTTP 203.0.113.9', 'MAIL 203.0.113.7', 'NEWS 203.0.113.7']),
    );
    expect(await store.read({ door: 'SSH', ip: IP })).toBeUndefined();

    expect(mirror.allows('HTTP', short.ip)).toBe(false); // its time ended while nobody was the master
    await until(async () => expect(await store.read(short)).toBeUndefined());
    for (const { grant } of granted) {
      const left = await store.read(grant);
      expect(left?.grantedAt).toBe(grant.door === 'SSH' ? undefined : grant.grantedAt);
      expect(left?.deadlineMs ?? 0).toBeLessThan(grant.deadlineMs + 1000);
    }

    const events: string[] = [];
    await until(async () => {
      for (const { door, fields } of await trail.next(0)) events.push(`${door} ${fields['event']} ${fields['ip']}`);
      expect(events).toContain('HTTP opened 203.0.113.9');
    });
    expect(events.filter((each) => each === `SSH revoked ${IP}`)).toHaveLength(1);
    expect(new Set(events).size).toBe(events.length);

    expect(await store.revoke({ door: 'HTTP', ip: IP }, 'test')).toBe(true);
    await until(() => expect(isOpen('HTTP')).toBe(false)); // changes of the new master are heard
    clearInterval(beat);
    mirror.close();
    await store.close();
  });
});
