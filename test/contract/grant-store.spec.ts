import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Following,
  type Grant,
  type GrantFollower,
  type GrantKey,
  type GrantStore,
  MemoryGrantStore,
  monotonicMs,
  type ProcessReport,
  RedisGrantStore,
  type RedisTarget,
  StoreUnavailable,
  type TrailEntry,
  type TrailReader,
  type Unconfirmed,
  compareIds,
} from '#grants';
import { collectGarbage } from '../lab/collect-garbage.js';
import { freePort } from '../lab/free-port.js';
import { RedisCluster } from '../lab/redis-cluster.js';
import { RedisSentinels } from '../lab/redis-sentinels.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';

const MAX_EVENTS = 100;
const IP = '203.0.113.7';
const request = (over: object = {}) => ({
  door: 'HTTP',
  ip: IP,
  ttlMs: 60_000,
  method: 'knock',
  listener: 'test:1',
  ...over,
});
const leftMs = (grant: Grant | undefined): number => (grant?.deadlineMs ?? 0) - monotonicMs();

const report = (over: Partial<ProcessReport> = {}): ProcessReport => ({
  host: 'web1',
  pid: 4711,
  roles: 'listener',
  version: '1.2.3',
  startedAt: '2026-01-02T03:04:05.678Z',
  healthy: true,
  problems: [],
  metrics: [
    {
      name: 'knockgate_connections_open',
      help: 'Connections that are open.',
      type: 'gauge',
      aggregator: 'sum',
      values: [{ value: 7, labels: { door: 'HTTP' } }],
    },
  ],
  ...over,
});

/** Keeps what a store tells. */
class Recorder implements GrantFollower {
  readonly live = new Map<string, Grant>();
  readonly log: string[] = [];
  readonly isGate?: true;

  constructor(isGate = false) {
    if (isGate) this.isGate = true;
  }

  snapshot(grants: readonly Grant[]): void {
    this.live.clear();
    for (const grant of grants) this.live.set(`${grant.door} ${grant.ip}`, grant);
    this.log.push('snapshot');
  }

  changed({ door, ip }: GrantKey, grant: Grant | undefined): void {
    if (grant === undefined) this.live.delete(`${door} ${ip}`);
    else this.live.set(`${door} ${ip}`, grant);
    this.log.push(`${grant === undefined ? 'gone' : 'granted'} ${door} ${ip}`);
  }

  withoutTtl({ ip }: GrantKey): void {
    this.log.push(`no ttl ${ip}`);
  }

  lost(): void {
    this.log.push('lost');
  }
}

const until = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 });

let redis: RedisServer;
let sentinels: RedisSentinels;
let cluster: RedisCluster;
beforeAll(async () => {
  [redis, sentinels, cluster] = await Promise.all([RedisServer.start(), RedisSentinels.start(), RedisCluster.start()]);
});
afterAll(async () => {
  await Promise.all([redis, sentinels, cluster].map((each) => each.stop()));
});

async function openRedis(maxEvents = MAX_EVENTS): Promise<RedisGrantStore> {
  await redis.cli('FLUSHALL');
  const store = new RedisGrantStore(redis.url, maxEvents);
  await vi.waitFor(() => store.ping(), { timeout: 10_000 });
  return store;
}

async function openSentinel(maxEvents = MAX_EVENTS): Promise<RedisGrantStore> {
  await (await sentinels.master()).cli('FLUSHALL');
  const store = new RedisGrantStore({ ...sentinels.target, waitReplicas: 1 }, maxEvents);
  await vi.waitFor(() => store.ping(), { timeout: 10_000 });
  return store;
}

async function openCluster(maxEvents = MAX_EVENTS): Promise<RedisGrantStore> {
  await cluster.flush();
  const store = new RedisGrantStore(cluster.target, maxEvents);
  await vi.waitFor(() => store.ping(), { timeout: 10_000 });
  return store;
}

/** What a reader gives, without the times. */
async function told(reader: TrailReader, waitMs = 0): Promise<string[]> {
  const entries = await reader.next(waitMs);
  return entries.map(({ door, fields }) => `${door} ${fields['event']} ${fields['stage']}`);
}

describe.each<[string, (maxEvents?: number) => Promise<GrantStore>]>([
  ['memory', (maxEvents = MAX_EVENTS) => Promise.resolve(new MemoryGrantStore(maxEvents))],
  ['redis', openRedis],
  ['sentinel', openSentinel],
  ['cluster', openCluster],
])('GrantStore contract: %s', (_name, open) => {
  let store: GrantStore;
  let recorder: Recorder;
  beforeEach(async () => {
    store = await open();
    recorder = new Recorder();
  });
  afterEach(async () => {
    await store.close();
  });

  const follow = async (doors = ['HTTP']): Promise<void> => {
    store.follow(doors, recorder);
    await until(() => expect(recorder.log).toContain('snapshot'));
  };

  it('opens, and can be read and listed', async () => {
    const { kind, grant } = await store.grant(request());
    expect(kind).toBe('opened');
    expect(grant).toMatchObject({ door: 'HTTP', ip: IP, method: 'knock', listener: 'test:1' });
    expect(Date.parse(grant.expiresAt) - Date.parse(grant.grantedAt)).toBe(60_000);
    expect(leftMs(grant)).toBeGreaterThan(50_000);
    expect(leftMs(grant)).toBeLessThanOrEqual(60_000);
    expect((await store.read({ door: 'HTTP', ip: IP }))?.grantedAt).toBe(grant.grantedAt);
    expect((await store.list()).map(({ ip }) => ip)).toEqual([IP]);
    expect(await store.list(['SSH'])).toEqual([]);
  });

  it('lets a token be claimed once, at its door', async () => {
    expect(await store.claim('HTTP', 'a')).toBe(true);
    expect(await store.claim('HTTP', 'a')).toBe(false);
    expect(await store.claim('SSH', 'a')).toBe(true);
    expect(await store.claimed('HTTP', ['a', 'b'])).toEqual(new Set(['a']));
    expect(await store.claimed('HTTP', [])).toEqual(new Set());
    expect(await store.list()).toEqual([]);
    const both = await Promise.all([store.claim('HTTP', 'c'), store.claim('HTTP', 'c')]);
    expect(both.toSorted()).toEqual([false, true]);
  });

  it('extends what lives: TTL = max(left, asked), one grant, since when it was granted', async () => {
    const first = await store.grant(request({ ttlMs: 60_000 }));
    const shorter = await store.grant(request({ ttlMs: 10_000 }));
    expect(shorter.kind).toBe('extended');
    expect(leftMs(shorter.grant)).toBeGreaterThan(50_000);
    const longer = await store.grant(request({ ttlMs: 90_000 }));
    expect(leftMs(longer.grant)).toBeGreaterThan(80_000);
    expect(longer.grant.grantedAt).toBe(first.grant.grantedAt);
    expect(await store.list()).toHaveLength(1);
  });

  it('keeps doors and IPs apart, IPv6 included', async () => {
    await store.grant(request());
    await store.grant(request({ ip: '2001:db8::1' }));
    await store.grant(request({ door: 'SSH' }));
    expect(await store.revoke({ door: 'HTTP', ip: IP }, 'test')).toBe(true);
    expect((await store.list()).map(({ door, ip }) => `${door} ${ip}`).toSorted()).toEqual([
      'HTTP 2001:db8::1',
      `SSH ${IP}`,
    ]);
  });

  it('ends by itself, to the moment', async () => {
    await follow();
    await store.grant(request({ ttlMs: 200 }));
    await until(() => expect(recorder.log.at(-1)).toBe(`gone HTTP ${IP}`));
    expect(await store.read({ door: 'HTTP', ip: IP })).toBeUndefined();
    expect(await store.list()).toEqual([]);
  });

  it('revokes once', async () => {
    await store.grant(request());
    expect(await store.revoke({ door: 'HTTP', ip: IP }, 'test')).toBe(true);
    expect(await store.revoke({ door: 'HTTP', ip: IP }, 'test')).toBe(false);
    expect(await store.read({ door: 'HTTP', ip: IP })).toBeUndefined();
  });

  it('tells a follower what is there, then each change, of its doors only', async () => {
    await store.grant(request());
    await store.grant(request({ door: 'SSH' }));
    await follow();
    expect([...recorder.live.keys()]).toEqual([`HTTP ${IP}`]);
    await store.grant(request({ ip: '203.0.113.8' }));
    await until(() => expect(recorder.live.has('HTTP 203.0.113.8')).toBe(true));
    await store.revoke({ door: 'SSH', ip: IP }, 'test');
    await store.revoke({ door: 'HTTP', ip: IP }, 'test');
    await until(() => expect([...recorder.live.keys()]).toEqual(['HTTP 203.0.113.8']));
    expect(recorder.log.filter((line) => line.includes('SSH'))).toEqual([]);
  });

  it('gives a follower another snapshot when asked, and nothing once it is closed', async () => {
    const following = store.follow(['HTTP'], recorder);
    await until(() => expect(recorder.log).toEqual(['snapshot']));
    following.resync();
    await until(() => expect(recorder.log).toEqual(['snapshot', 'snapshot']));
    following.close();
    await store.grant(request());
    await store.ping();
    expect(recorder.log).toEqual(['snapshot', 'snapshot']);
  });

  it('keeps an audit trail: opened, extended, revoked, expired, whatever is recorded; newest first', async () => {
    await store.record('HTTP', { event: 'stage', ip: IP, stage: '1', of: '4' });
    const { grant } = await store.grant(request());
    await store.grant(request());
    await store.revoke(grant, 'test');
    await store.recordEnd(grant, 'revoked'); // every gateway reports the end that it saw
    const events = await store.events('HTTP', 10);
    expect(events.map(({ event }) => event)).toEqual(['revoked', 'extended', 'opened', 'stage']);
    expect(events[0]).toMatchObject({ ip: IP, by: 'test' });
    expect(events[3]).toMatchObject({ stage: '1', of: '4' });
    for (const { at } of events) expect(Math.abs(Date.parse(at!) - Date.now())).toBeLessThan(60_000);
  });

  it('adds several entries at once, in their order', async () => {
    const stage = (number: number) => ({ event: 'stage', ip: IP, stage: String(number) });
    await store.record('HTTP', stage(1), { event: 'voided' }, stage(1));
    await store.record('HTTP');
    const events = await store.events('HTTP', 10);
    expect(events.map(({ event, stage: number }) => [event, number])).toEqual([
      ['stage', '1'],
      ['voided', undefined],
      ['stage', '1'],
    ]);
  });

  it.each(['opened', 'extended'])('has what led to a grant ahead of it in the trail: %s', async (kind) => {
    if (kind === 'extended') await store.grant(request());
    const steps = ['3', '4'].map((stage) => ({ event: 'stage', ip: IP, stage, of: '4' }));
    await store.grant(request({ steps }));
    const [grant, ...before] = await store.events('HTTP', 3);
    expect(grant).toMatchObject({ event: kind, ip: IP, method: 'knock' });
    expect(before.map(({ event, stage, of }) => [event, stage, of])).toEqual([
      ['stage', '4', '4'],
      ['stage', '3', '4'],
    ]);
    expect(new Set([grant, ...before].map((entry) => entry!['at'])).size).toBe(1);
  });

  it('records an end once, and not for a grant that lives', async () => {
    const { grant } = await store.grant(request({ ttlMs: 500 }));
    await store.recordEnd(grant, 'expired');
    expect((await store.events('HTTP', 10)).map(({ event }) => event)).toEqual(['opened']);
    await until(async () => expect(await store.read(grant)).toBeUndefined());
    await store.recordEnd(grant, 'expired');
    await store.recordEnd(grant, 'expired');
    expect((await store.events('HTTP', 10)).map(({ event }) => event)).toEqual(['expired', 'opened']);
  });

  it('caps the audit trail', async () => {
    for (let i = 0; i < MAX_EVENTS * 5; i += 1)
      await store.record('HTTP', { event: 'stage', ip: IP, stage: String(i) });
    const events = await store.events('HTTP', MAX_EVENTS * 5);
    expect(events.length).toBeLessThan(MAX_EVENTS * 2.5);
    expect(events[0]!['stage']).toBe(String(MAX_EVENTS * 5 - 1));
  });

  it('says what it is, and what time it has', async () => {
    const { name, nowMs } = await store.facts();
    expect(name).toMatch(/^(?:memory|Redis \d+\.\d+\.\d+)$/u);
    expect(Math.abs(nowMs - Date.now())).toBeLessThan(60_000);
  });

  const stage = (door: string, number: number): Promise<void> =>
    store.record(door, { event: 'stage', ip: IP, stage: String(number) });

  it('reads the audit trail of some doors on and on: what is kept, oldest first, then what comes', async () => {
    for (const [i, door] of ['HTTP', 'SSH', 'OTHER', 'HTTP'].entries()) await stage(door, i);
    const reader = store.trail(['HTTP', 'SSH']);
    expect((await told(reader)).toSorted()).toEqual(['HTTP stage 0', 'HTTP stage 3', 'SSH stage 1']);
    expect(await told(reader)).toEqual([]);
    expect(await told(reader, 20)).toEqual([]);
    const next = told(reader, 30_000);
    await stage('OTHER', 4);
    await stage('SSH', 5);
    expect(await next).toEqual(['SSH stage 5']);
    await store.grant(request());
    const [opened] = await reader.next(30_000);
    expect(opened).toMatchObject({ door: 'HTTP', fields: { event: 'opened', ip: IP, method: 'knock' } });
  });

  it('keeps nothing of the audit trail that a reader has been given', async () => {
    const reader = store.trail(['HTTP']);
    const given: WeakRef<readonly TrailEntry[]>[] = [];
    for (let i = 0; i < 4; i += 1) {
      await stage('HTTP', i);
      given.push(new WeakRef(await reader.next(30_000)));
    }
    const next = reader.next(30_000); // whoever reads on waits most of the time
    await until(() => {
      collectGarbage();
      expect(given.slice(0, -1).map((answer) => answer.deref() !== undefined)).toEqual([false, false, false]);
    });
    reader.close();
    expect(await next).toEqual([]);
  });

  it('turns its pages back, some doors together: in the order of time, nothing twice, nothing left out', async () => {
    for (let i = 0; i < 9; i += 1) await stage(['A', 'B', 'OTHER'][i % 3]!, i);
    await Promise.all(Array.from({ length: 40 }, (_, i) => stage(['A', 'B'][i % 2]!, 9 + i))); // of one millisecond, many
    const pages = [];
    for (let before: string | undefined; ; before = pages.at(-1)!.at(-1)!.id) {
      const page = await store.history(['A', 'B'], { count: 5, before });
      if (page.length === 0) break;
      expect(page.length).toBeLessThanOrEqual(6);
      pages.push(page);
    }
    const entries = pages.flat();
    expect(entries).toHaveLength(46);
    expect(new Set(entries.map(({ door, id }) => `${door} ${id}`)).size).toBe(46);
    expect(entries.map(({ id }) => id)).toEqual(entries.map(({ id }) => id).toSorted((x, y) => compareIds(y, x)));
    for (const door of ['A', 'B']) {
      const stages = entries.filter((each) => each.door === door).map(({ fields }) => Number(fields['stage']));
      expect(stages).toEqual(stages.toSorted((x, y) => y - x));
    }
    expect(await store.history(['NEVER'], { count: 5 })).toEqual([]);
  });

  it('reads it from some time ago', async () => {
    await stage('HTTP', 0);
    const { at } = (await store.events('HTTP', 1))[0]!;
    const hour = store.trail(['HTTP'], 3_600_000);
    expect(await told(hour)).toEqual(['HTTP stage 0']);
    await until(() => expect(Date.now()).toBeGreaterThan(Date.parse(at!) + 10));
    const now = store.trail(['HTTP'], 1);
    expect(await told(now)).toEqual([]);
    await stage('HTTP', 1);
    expect(await told(now, 30_000)).toEqual(['HTTP stage 1']);
  });

  it('reads a long trail in parts: in the order of time, nothing twice, nothing left out', async () => {
    await store.close();
    store = await open(10_000);
    const doors = ['A', 'B', 'C'];
    // A has many entries before B has its first one, and C is never knocked at
    await Promise.all(Array.from({ length: 1500 }, (_, i) => stage('A', i)));
    await Promise.all(Array.from({ length: 1500 }, (_, i) => stage(doors[i % 2]!, 1500 + i)));
    const reader = store.trail(doors);
    const parts = [];
    for (let part = await reader.next(0); part.length > 0; part = await reader.next(0)) parts.push(part);
    expect(parts.length).toBeGreaterThan(1);
    const entries = parts.flat();
    expect(entries).toHaveLength(3000);
    const places = entries.map(({ id }) => Number(id.split('-')[0])); // Redis's begin with the time
    expect(places).toEqual(places.toSorted((x, y) => x - y));
    for (const door of doors) {
      const stages = entries.filter((each) => each.door === door).map(({ fields }) => Number(fields['stage']));
      expect(stages).toEqual(stages.toSorted((x, y) => x - y));
    }
  });

  it('knows what each process says of itself, and the last word of it alone', async () => {
    expect(await store.reports()).toEqual([]);
    const sick = report({ healthy: false, problems: ['deaf: no right', 'config refused: no doors'], metrics: [] });
    await store.report(sick);
    expect(await store.reports()).toEqual([sick]);
    await store.report(report());
    expect(await store.reports()).toEqual([report()]);
  });

  it('tells processes apart, also those of containers that share a name and a pid', async () => {
    const others = [{ pid: 4712 }, { roles: 'gateway' }, { host: 'web0', pid: 9 }, { roles: 'gateway', pid: 5 }];
    for (const over of [{}, ...others]) await store.report(report(over));
    const keys = (await store.reports()).map(({ host, roles, pid }) => `${host} ${roles} ${pid}`);
    expect(keys).toEqual([
      'web0 listener 9',
      'web1 gateway 5',
      'web1 gateway 4711',
      'web1 listener 4711',
      'web1 listener 4712',
    ]);
  });

  it('forgets a process that takes its report back, and no other', async () => {
    await store.report(report());
    await store.report(report({ pid: 4712 }));
    await store.retire(report());
    await store.retire(report({ host: 'unknown' }));
    expect(await store.reports()).toEqual([report({ pid: 4712 })]);
  });

  it('keeps reports and grants apart', async () => {
    await follow();
    await store.report(report());
    await store.grant(request());
    expect(await store.list()).toHaveLength(1);
    expect(await store.reports()).toEqual([report()]);
    await store.retire(report());
    expect(await store.list()).toHaveLength(1);
  });

  it('gives a reader nothing more once it, or the store, is closed', async () => {
    const readers = [store.trail(['HTTP']), store.trail(['HTTP'])];
    const answers = readers.map((reader) => told(reader, 30_000));
    readers[0]!.close();
    expect(await answers[0]).toEqual([]);
    await store.close();
    expect(await answers[1]).toEqual([]);
  });
});

describe('RedisGrantStore in a cluster', () => {
  it('follows a door to the master that its slot is moved to', async () => {
    const store = await openCluster();
    const recorder = new Recorder();
    store.follow(['HTTP', 'SSH'], recorder);
    await until(() => expect(recorder.log).toContain('snapshot'));
    await store.grant(request());
    await until(() => expect(recorder.live.has(`HTTP ${IP}`)).toBe(true));
    await cluster.moveKeys('knockgate:{HTTP}:events');
    await until(() => store.ping());
    const now = await cluster.masterOf('knockgate:{HTTP}:events');
    await now.cli('SET', 'knockgate:{HTTP}:grant:203.0.113.8', '', 'EX', '60');
    await until(() => expect([...recorder.live.keys()]).toEqual([`HTTP ${IP}`, 'HTTP 203.0.113.8']));
    expect(await store.revoke({ door: 'HTTP', ip: IP }, 'test')).toBe(true);
    await until(() => expect([...recorder.live.keys()]).toEqual(['HTTP 203.0.113.8']));
    expect(recorder.log.filter((line) => line === `gone HTTP ${IP}`)).toHaveLength(1);
    await store.close();
  });
});

describe('RedisGrantStore, why servers cannot be asked', () => {
  const reason = async (target: RedisTarget): Promise<string> => {
    const store = new RedisGrantStore(target, MAX_EVENTS);
    const failed = await vi.waitFor(
      async () => {
        const error: unknown = await store.ping().catch((each: unknown) => each);
        expect(error).toBeInstanceOf(StoreUnavailable);
        expect((error as Error).message).not.toBe('not connected');
        return error as Error;
      },
      { timeout: 10_000 },
    );
    await store.close();
    return failed.message;
  };

  it('names each Sentinel, and each node, with its own', async () => {
    const { target } = sentinels;
    const nobody = { host: '127.0.0.1', port: await freePort() };
    const [first] = target.sentinels;
    expect(await reason({ ...target, sentinels: [nobody] })).toBe(
      `Sentinel 127.0.0.1:${nobody.port} cannot be reached`,
    );
    expect(await reason({ ...target, sentinels: [nobody, first!], name: 'other' })).toMatch(
      new RegExp(`cannot be reached; Sentinel 127\\.0\\.0\\.1:${first!.port}: .*No such master`, 'u'),
    );
    const credentials = { username: 'gate', password: 'hunter2' };
    const refused = await reason({ ...target, ...credentials });
    expect(refused).toMatch(new RegExp(`^127\\.0\\.0\\.1:${(await sentinels.master()).port}: WRONGPASS`, 'u'));
    expect(await reason({ ...cluster.target, nodes: [nobody] })).toContain(
      `127.0.0.1:${nobody.port}: connect ECONNREFUSED`,
    );
    expect(await reason({ ...cluster.target, ...credentials })).toMatch(/^127\.0\.0\.1:\d+: WRONGPASS/u);
  });
});

describe('RedisGrantStore, what replicas confirm', () => {
  it('says what too few have, and takes it all the same', async () => {
    const master = await sentinels.master();
    await master.cli('FLUSHALL');
    const behind: Unconfirmed[] = [];
    const store = new RedisGrantStore({ ...sentinels.target, waitReplicas: 1 }, MAX_EVENTS, (what) =>
      behind.push(what),
    );
    await until(() => store.ping());
    await store.grant(request());
    expect(behind).toEqual([]);
    const replica = sentinels.servers.find((each) => each !== master)!;
    replica.pause();
    try {
      const claim = store.claim('HTTP', 'a');
      expect((await store.grant(request())).kind).toBe('extended');
      expect(await claim).toBe(true);
      expect(await store.claim('HTTP', 'a')).toBe(false);
      expect(await store.revoke({ door: 'HTTP', ip: IP }, 'test')).toBe(true);
      expect(await store.revoke({ door: 'HTTP', ip: IP }, 'test')).toBe(false);
    } finally {
      replica.resume();
    }
    const counts = { replicas: 0, wanted: 1 };
    expect(behind).toEqual([
      { what: 'used sequence', door: 'HTTP', ...counts },
      { what: 'grant', door: 'HTTP', ip: IP, ...counts },
      { what: 'revocation', door: 'HTTP', ip: IP, ...counts },
    ]);
    await store.close();
  });
});

describe('RedisGrantStore, its audit trail over a restart', () => {
  it('a reader goes on where it was: nothing is lost, nothing comes twice', async () => {
    await using folder = await TempDir.create('kept');
    await using kept = await RedisServer.start({ keepIn: folder.path });
    const store = new RedisGrantStore(kept.url, MAX_EVENTS);
    await until(() => store.ping());
    const stage = (number: number) => store.record('HTTP', { event: 'stage', ip: IP, stage: String(number) });
    const reader = store.trail(['HTTP', 'SSH']);
    await stage(1);
    expect(await told(reader)).toEqual(['HTTP stage 1']);
    const lost = reader.next(30_000).catch((error: unknown) => error);
    await kept.stop('SIGKILL');
    expect(await lost).toBeInstanceOf(StoreUnavailable);
    await expect(reader.next(0)).rejects.toBeInstanceOf(StoreUnavailable);
    await kept.start();
    await until(() => stage(2));
    await stage(3);
    await until(async () => expect(await told(reader)).toEqual(['HTTP stage 2', 'HTTP stage 3']));
    await kept.stop();
    await kept.start();
    await until(() => stage(4));
    await until(async () => expect(await told(reader, 5000)).toEqual(['HTTP stage 4']));
    await store.close();
  });

  it('notices a Redis that hangs', async () => {
    const store = await openRedis();
    const reader = store.trail(['HTTP']);
    expect(await told(reader)).toEqual([]);
    redis.pause();
    await expect(reader.next(30_000)).rejects.toBeInstanceOf(StoreUnavailable);
    redis.resume();
    await until(() => store.record('HTTP', { event: 'stage', ip: IP, stage: '1' }));
    await until(async () => expect(await told(reader)).toEqual(['HTTP stage 1']));
    await store.close();
  });
});

describe('RedisGrantStore, what it grants itself and its gate follows', () => {
  let store: RedisGrantStore;
  let gate: Recorder;
  beforeEach(async () => {
    store = await openRedis();
    gate = new Recorder(true);
    store.follow(['HTTP', 'SSH'], gate);
    await until(() => expect(gate.log).toEqual(['snapshot']));
  });
  afterEach(async () => {
    await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '0');
    await store.close();
  });

  it('is told by the answer itself, and by the change like any other', async () => {
    const other = new Recorder();
    store.follow(['HTTP'], other);
    await until(() => expect(other.log).toEqual(['snapshot']));
    await store.grant(request());
    await until(() => expect(gate.log).toEqual(['snapshot', `granted HTTP ${IP}`, `granted HTTP ${IP}`]));
    await until(() => expect(other.log).toEqual(['snapshot', `granted HTTP ${IP}`]));
    for (const { live } of [gate, other]) expect(leftMs(live.get(`HTTP ${IP}`))).toBeGreaterThan(50_000);
  });

  it('is never an older state after a newer one, however grants and revocations meet', async () => {
    const other = await openOther();
    const doors = ['HTTP', 'SSH'];
    for (let round = 0; round < 150; round += 1) {
      const ip = `198.51.100.${round % 5}`;
      const jobs = doors.flatMap((door) => [store.grant(request({ door, ip })), other.revoke({ door, ip }, 'test')]);
      await Promise.all(round % 2 === 0 ? jobs : jobs.toReversed());
      if (round % 3 === 0) await store.revoke({ door: 'HTTP', ip }, 'test');
      await until(async () => {
        const there = (await other.list(doors)).map((grant) => `${grant.door} ${grant.ip}`);
        expect([...gate.live.keys()].toSorted()).toEqual(there.toSorted());
      });
    }
    await other.close();
  });

  it('is what Redis has in the end, whichever connection breaks while it grants', async () => {
    for (let round = 0; round < 12; round += 1) {
      const granting = Promise.allSettled(
        Array.from({ length: 50 }, (_, i) => store.grant(request({ ip: `198.51.100.${(round * 7 + i) % 60}` }))),
      );
      await redis.cli('CLIENT', 'KILL', 'TYPE', round % 3 === 0 ? 'pubsub' : 'normal');
      await granting;
      await redis.cli('DEL', `knockgate:{HTTP}:grant:198.51.100.${round}`);
      await until(async () => {
        const there = (await store.list(['HTTP'])).map((grant) => `HTTP ${grant.ip}`);
        expect([...gate.live.keys()].toSorted()).toEqual(there.toSorted());
      });
    }
    expect(gate.log).toContain('lost');
  });

  it('is a grant refused by Redis: the gate hears on', async () => {
    await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '1');
    await expect(store.grant(request())).rejects.toThrow(StoreUnavailable);
    await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '0');
    await store.grant(request());
    await until(() => expect(gate.live.has(`HTTP ${IP}`)).toBe(true));
    expect(gate.log).not.toContain('lost');
  });

  it('is granted all the same while the gate hears nothing, or follows other doors', async () => {
    await redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub'); // the connection that it hears changes on
    await until(() => expect(gate.log).toContain('lost'));
    expect((await store.grant(request())).kind).toBe('opened');
    await until(() => expect(gate.live.has(`HTTP ${IP}`)).toBe(true));
    expect((await store.grant(request({ door: 'DNS' }))).kind).toBe('opened');
    await store.ping();
    expect([...gate.live.keys()]).toEqual([`HTTP ${IP}`]);
  });

  /** Another process's. */
  async function openOther(): Promise<RedisGrantStore> {
    const other = new RedisGrantStore(redis.url, MAX_EVENTS);
    await vi.waitFor(() => other.ping(), { timeout: 10_000 });
    return other;
  }
});

describe('RedisGrantStore, as a person with redis-cli sees it', () => {
  const key = `knockgate:{HTTP}:grant:${IP}`;
  let store: RedisGrantStore;
  let recorder: Recorder;
  let following: Following;
  beforeEach(async () => {
    store = await openRedis();
    recorder = new Recorder();
    following = store.follow(['HTTP'], recorder);
    await until(() => expect(recorder.log).toEqual(['snapshot']));
  });
  afterEach(async () => {
    await store.close();
  });
  const live = (): boolean => recorder.live.has(`HTTP ${IP}`);
  const ipOf = (i: number): string => `10.1.${i >> 8}.${i & 255}`;
  const keyOf = (i: number): string => `knockgate:{HTTP}:grant:${ipOf(i)}`;
  const fill = (count: number): Promise<string> => {
    const name = `'knockgate:{HTTP}:grant:10.1.' .. math.floor(i / 256) .. '.' .. i % 256`;
    return redis.cli('EVAL', `for i = 0, ${count - 1} do redis.call('SET', ${name}, '', 'EX', '600') end`, '0');
  };
  const granted = async (ttlMs = 60_000): Promise<void> => {
    await store.grant(request({ ttlMs }));
    await until(() => expect(live()).toBe(true));
  };

  it('spells keys and fields as the contract says, with a TTL', async () => {
    await granted();
    const fields = (await redis.cli('HKEYS', key)).trim().split('\n');
    expect(fields).toEqual(['door', 'ip', 'granted_at', 'expires_at', 'method', 'listener']);
    const ttl = Number(await redis.cli('TTL', key));
    expect(ttl).toBeGreaterThan(50);
    expect(ttl).toBeLessThanOrEqual(60);
    expect((await redis.cli('TYPE', 'knockgate:{HTTP}:events')).trim()).toBe('stream');
    const keys = (await redis.cli('KEYS', '*')).trim().split('\n').toSorted();
    expect(keys).toEqual(['knockgate:{HTTP}:events', key]);
  });

  it.each([
    ['DEL', ['DEL', key]],
    ['UNLINK', ['UNLINK', key]],
    ['EXPIRE 0', ['EXPIRE', key, '0']],
    ['RENAME', ['RENAME', key, 'elsewhere']],
    ['FLUSHALL', ['FLUSHALL']],
  ])('%s by hand ends the grant', async (_name, command) => {
    await granted();
    await redis.cli(...command);
    await until(() => expect(live()).toBe(false));
  });

  it('EXPIRE by hand is obeyed, shorter and longer', async () => {
    await granted();
    await redis.cli('EXPIRE', key, '600');
    await until(() => expect(leftMs(recorder.live.get(`HTTP ${IP}`))).toBeGreaterThan(500_000));
    await redis.cli('PEXPIRE', key, '150');
    await until(() => expect(live()).toBe(false));
  });

  it('a key made by hand is a grant, whatever its type; its IP may be written in any way', async () => {
    await redis.cli('SET', 'knockgate:{HTTP}:grant:2001:DB8:0::1', 'by hand', 'EX', '60');
    await until(() => expect(recorder.live.has('HTTP 2001:db8::1')).toBe(true));
    expect((await store.grant(request({ ip: '203.0.113.9', ttlMs: 1000 }))).kind).toBe('opened');
  });

  it('a key without a TTL is no grant, and this is said', async () => {
    await granted();
    await redis.cli('PERSIST', key);
    await until(() => expect(live()).toBe(false));
    expect(recorder.log).toContain(`no ttl ${IP}`);
    expect(await store.list()).toEqual([]);
  });

  it('a door whose name has characters of a glob pattern is no other door', async () => {
    await store.grant(request({ door: 'a*' }));
    await store.grant(request({ door: 'ab' }));
    expect((await store.list(['a*'])).map(({ door }) => door)).toEqual(['a*']);
  });

  it('a revocation during a snapshot is not undone by it', async () => {
    for (let round = 0; round < 20; round += 1) {
      await granted();
      const snapshots = (): number => recorder.log.filter((line) => line === 'snapshot').length;
      const before = snapshots();
      following.resync();
      await redis.cli('DEL', key);
      await until(() => expect(snapshots()).toBe(before + 1));
      await until(() => expect(live()).toBe(false));
    }
  });

  it('a change while a large snapshot is read is told at once, and the snapshot has it too', async () => {
    await fill(20_000);
    await until(() => expect(recorder.live.size).toBe(20_000));
    let isTold = false;
    for (let round = 0; round < 20 && !isTold; round += 1) {
      recorder.log.length = 0;
      following.resync();
      await redis.cli('DEL', keyOf(round));
      await until(() => expect(recorder.log).toContain('snapshot'));
      await until(() => expect(recorder.live.has(`HTTP ${ipOf(round)}`)).toBe(false));
      const at = recorder.log.indexOf(`gone HTTP ${ipOf(round)}`);
      isTold = at !== -1 && at < recorder.log.indexOf('snapshot'); // else the snapshot was read before the DEL
    }
    expect(isTold).toBe(true);
  });

  it('asks about many changes in many small calls, between which Redis does other work', async () => {
    await fill(20_000);
    await until(() => expect(recorder.live.size).toBe(20_000));
    await redis.cli('CONFIG', 'RESETSTAT');
    await redis.cli('EVAL', `for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('UNLINK', key) end`, '0');
    await until(() => expect(recorder.live.size).toBe(0));
    const [, calls] = /^cmdstat_evalsha:calls=(\d+)/mu.exec(await redis.cli('INFO', 'commandstats'))!;
    expect(Number(calls)).toBeGreaterThan(100);
  });

  const process = 'knockgate:{process}:web1:4711:listener';

  it('keeps a report for people, with a TTL, and forgets who says nothing more', async () => {
    await store.report(report({ healthy: false, problems: ['deaf', 'config refused'] }));
    const names = (await redis.cli('HKEYS', process)).trim().split('\n').toSorted();
    expect(names).toEqual(['healthy', 'host', 'metrics', 'pid', 'problems', 'roles', 'started_at', 'version']);
    const field = async (name: string): Promise<string> => (await redis.cli('HGET', process, name)).trimEnd();
    expect(await field('started_at')).toBe('2026-01-02T03:04:05.678Z');
    expect(await field('healthy')).toBe('no');
    expect(await field('problems')).toBe('deaf\nconfig refused');
    expect(JSON.parse(await field('metrics'))).toEqual(report().metrics);
    const ttlMs = Number(await redis.cli('PTTL', process));
    expect(ttlMs).toBeGreaterThan(1000);
    expect(ttlMs).toBeLessThanOrEqual(10_000);
    await redis.cli('PEXPIRE', process, '20');
    await until(async () => expect(await store.reports()).toEqual([]));
  });

  it('takes what people wrote in place of a report for what it is', async () => {
    await store.report(report());
    await redis.cli('HSET', process, 'metrics', '[null, {"name": 1}, {"name": "x", "values": []}]');
    expect(await store.reports()).toEqual([report({ metrics: [{ name: 'x', values: [] } as never] })]);
    await redis.cli('HSET', process, 'metrics', '{');
    expect(await store.reports()).toEqual([report({ metrics: [] })]);
    await redis.cli('SET', process, 'a text');
    expect(await store.reports()).toEqual([]);
    await store.report(report());
    expect(await store.reports()).toEqual([report()]);
  });

  it('drops from the index who is long gone', async () => {
    await store.report(report());
    await redis.cli('ZADD', 'knockgate:{process}:all', '1', 'knockgate:{process}:old:1:listener');
    await store.report(report());
    expect((await redis.cli('ZRANGE', 'knockgate:{process}:all', '0', '-1')).trim()).toBe(process);
  });

  it('fails at once while Redis is away, queues nothing, and starts with a snapshot when it is back', async () => {
    await granted();
    await redis.stop();
    await until(() => expect(recorder.log.at(-1)).toBe('lost'));
    await expect(store.grant(request({ ip: '203.0.113.99' }))).rejects.toThrow(/ECONNREFUSED|closed/iu);
    await redis.start();
    await until(() => expect(recorder.log.at(-1)).toBe('snapshot'));
    expect(recorder.live.size).toBe(0); // this Redis keeps nothing on disk, and the failed grant was not sent later
    await store.grant(request());
    await until(() => expect(live()).toBe(true));
  });

  it('notices a Redis that hangs, and takes up again when it goes on', async () => {
    redis.pause();
    await expect(store.ping()).rejects.toThrow();
    await until(() => expect(recorder.log.at(-1)).toBe('lost'));
    redis.resume();
    await until(() => expect(recorder.log.at(-1)).toBe('snapshot'));
    await granted();
  });
});
