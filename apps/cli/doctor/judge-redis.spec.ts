import { describe, expect, it } from 'vitest';
import type { RedisReport } from '#grants';
import { judgeRedis, type RedisUse } from './judge-redis.js';

const INFO = {
  redis_version: '7.0.15',
  role: 'master',
  cluster_enabled: '0',
  maxmemory: '0',
  maxmemory_policy: 'noeviction',
  used_memory: '1000',
  aof_enabled: '1',
  aof_last_write_status: 'ok',
  rdb_last_bgsave_status: 'ok',
};
const CONFIG = { bind: '127.0.0.1 -::1', 'protected-mode': 'yes', save: '', appendonly: 'yes' };
const SOUND: RedisReport = {
  at: '127.0.0.1:6379',
  info: INFO,
  config: { ...CONFIG, 'stop-writes-on-bgsave-error': 'yes' },
  denied: [],
  unfollowed: undefined,
  open: true,
  clockAheadMs: 3,
};
const USE: RedisUse = { url: 'redis://127.0.0.1:6379', kind: 'redis', waitReplicas: 0, oneTime: false };

/** What is wrong, a line each. */
const wrong = (report: Partial<RedisReport>, use: Partial<RedisUse> = {}): string[] =>
  judgeRedis({ ...SOUND, ...report }, { ...USE, ...use }).flatMap(({ state, what }) =>
    state === 'fault' || state === 'warning' ? [`${state}: ${what}`] : [],
  );
const withInfo = (info: object) => ({ info: { ...INFO, ...info } });
const withConfig = (config: object) => ({ config: { ...CONFIG, ...config } });

describe('judgeRedis', () => {
  it('has nothing against a sound one', () => {
    expect(judgeRedis(SOUND, USE).map(({ state }) => state)).not.toContain('skipped');
    expect(wrong({})).toEqual([]);
  });

  it.each([
    ['5.0.14', false, ['fault: version 5.0.14: 6.0 or newer is needed, to hear of each change']],
    ['6.0.16', false, []],
    ['6.0.16', true, ['fault: version 6.0.16: 6.2 or newer is needed, to hear of each change']],
    ['6.2.0', true, []],
    ['10.1', true, []],
  ])('version %s, one-time sequences: %s', (version, oneTime, told) => {
    expect(wrong(withInfo({ redis_version: version }), { oneTime })).toEqual(told);
  });

  it.each([
    [{ maxmemory_policy: 'allkeys-lru', maxmemory: '1' }, /^fault: maxmemory-policy allkeys-lru may evict/u],
    [{ maxmemory_policy: 'volatile-ttl', maxmemory: '1' }, /^fault: maxmemory-policy volatile-ttl may evict/u],
    [{ maxmemory_policy: 'volatile-ttl' }, /^warning: maxmemory-policy volatile-ttl may evict grants, once/u],
    [{ maxmemory: '1100' }, /^warning: memory is nearly full \(1000 of 1100 bytes\)/u],
    [{ role: 'slave' }, /^fault: it is a replica/u],
    [{ cluster_enabled: '1' }, /^fault: it is part of a cluster/u],
    [{ rdb_last_bgsave_status: 'err' }, /^fault: its last snapshot failed/u],
    [{ aof_last_write_status: 'err' }, /^fault: its last write to the AOF failed/u],
    [{ aof_enabled: '0' }, /^warning: keeps nothing on disk/u],
  ])('%j', (info, told) => {
    expect(wrong(withInfo(info))).toEqual([expect.stringMatching(told)]);
  });

  it('a failed snapshot is no fault where writes go on', () => {
    const report = {
      ...withInfo({ rdb_last_bgsave_status: 'err' }),
      ...withConfig({ 'stop-writes-on-bgsave-error': 'no' }),
    };
    expect(wrong(report)).toEqual([]);
  });

  it.each([
    ['', 'fault: without AOF or snapshots'],
    ['3600 1', 'warning: with snapshots alone'],
  ])('one-time sequences, no AOF, save "%s"', (save, told) => {
    const report = { ...withInfo({ aof_enabled: '0' }), ...withConfig({ save }) };
    expect(wrong(report, { oneTime: true })).toEqual([expect.stringContaining(told)]);
  });

  it.each([
    ['7.0.15', { bind: '* -::*' }, 'redis://127.0.0.1', []],
    [
      '7.0.15',
      { bind: '* -::*', 'protected-mode': 'no' },
      'redis://localhost',
      [/^fault: wants no password and listens to/u],
    ],
    ['7.0.15', { bind: '', 'protected-mode': 'no' }, 'redis://[::1]', [/^fault: wants no password and listens to/u]],
    ['6.2.0', { bind: '127.0.0.1 10.0.0.1' }, 'redis://127.0.0.1', [/^fault: wants no password and listens to/u]],
    ['7.0.15', { 'protected-mode': 'no' }, 'redis://127.0.0.1', []],
    ['7.0.15', {}, 'redis://redis', [/^warning: wants no password: whoever reaches redis can open/u]],
  ])('without a password: %s %j at %s', (version, config, url, told) => {
    const report = { ...withInfo({ redis_version: version }), ...withConfig(config) };
    expect(wrong(report, { url })).toEqual(told.map((one) => expect.stringMatching(one) as string));
    expect(wrong({ ...report, open: false }, { url })).toEqual([]);
  });

  it('what cannot be seen is not called sound', () => {
    const hosted = judgeRedis(
      { ...SOUND, ...withInfo({ aof_enabled: '0' }), config: undefined, denied: undefined },
      USE,
    );
    expect(hosted.flatMap(({ state, what }) => (state === 'skipped' ? [what] : []))).toEqual([
      expect.stringContaining('only Redis 7 tells'),
      expect.stringContaining('no AOF, and whether it takes snapshots cannot be seen'),
      expect.stringContaining('where it listens cannot be seen'),
    ]);
    const [mute] = judgeRedis({ ...SOUND, info: {} }, USE);
    expect(mute).toMatchObject({ state: 'skipped', what: expect.stringContaining('INFO is refused') as string });
  });

  it.each([
    [2500, 'warning: its clock is 2.5 s ahead of'],
    [-4000, 'warning: its clock is 4.0 s behind'],
  ])('clocks apart by %i ms', (clockAheadMs, told) => {
    expect(wrong({ clockAheadMs })).toEqual([expect.stringContaining(told)]);
  });

  it.each([
    ['redis', 0, { connected_slaves: '0' }, []],
    ['redis', 2, { connected_slaves: '1' }, [/^fault: wait_replicas: 2, but it has 1: no grant is ever confirmed/u]],
    ['sentinel', 0, { connected_slaves: '0' }, [/^warning: has no replica/u]],
    ['sentinel', 1, { connected_slaves: '1' }, []],
    ['sentinel', 1, { connected_slaves: '2' }, [/^warning: min-replicas-to-write 0: cut off/u]],
    ['cluster', 0, { cluster_enabled: '1', connected_slaves: '1' }, []],
    ['sentinel', 0, { cluster_enabled: '1', connected_slaves: '1' }, [/^fault: it is part of a cluster/u]],
  ] as const)('%s, wait_replicas %i, %j', (kind, waitReplicas, info, told) => {
    const report = { ...withInfo(info), ...withConfig({ 'min-replicas-to-write': '0' }) };
    expect(wrong(report, { kind, waitReplicas })).toEqual(told.map((one) => expect.stringMatching(one) as string));
  });

  it.each([
    ['redis', /\+time # as/u],
    ['cluster', /\+time '\+cluster\|slots' # as/u],
  ] as const)('%s: the rights that a user is given', (kind, rules) => {
    const [{ cure } = {}] = judgeRedis({ ...SOUND, denied: ['HSET'] }, { ...USE, kind }).filter(
      ({ state }) => state === 'fault',
    ) as { cure?: string }[];
    expect(cure).toMatch(rules);
  });

  it('SECURITY: no cure has the password in it', () => {
    const url = 'redis://gate:hunter2@127.0.0.1:6379';
    const findings = judgeRedis(
      { ...SOUND, ...withInfo({ maxmemory_policy: 'x', maxmemory: '1' }), denied: ['HSET'] },
      { ...USE, url },
    );
    expect(JSON.stringify(findings)).not.toContain('hunter2');
    expect(findings).toContainEqual(
      expect.objectContaining({
        cure: expect.stringMatching(/^redis-cli -h 127\.0\.0\.1 -p 6379 ACL SETUSER gate /u) as string,
      }),
    );
  });
});
