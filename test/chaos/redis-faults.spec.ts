import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attempt, becomes, grant, TIMEOUT } from '../e2e/hiding.fixture.js';
import { nmapKnock, tempFile } from '../e2e/recipe.fixture.js';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer, type RedisServerOptions } from '../lab/redis-server.js';
import { SlowRelay } from '../lab/slow-relay.js';
import { SmallDisk } from '../lab/small-disk.js';
import { TempDir } from '../lab/temp-dir.js';

const REFUSED = 'ECONNREFUSED';

/** Redis is there, and does not do what it should. */
describe('a Redis that', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let listener: Knockgate;
  let gateway: Knockgate;
  const undo: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['client', 'other', 'stranger'] });
  });
  afterAll(async () => {
    await lab.stop();
  });
  afterEach(async () => {
    for (const each of undo.splice(0)) await each();
  });

  let run: (...args: string[]) => ReturnType<typeof Knockgate.run>;
  const serve = async (store = redis.url, top = ''): Promise<void> => {
    const door = `{ sequence: '6000,7000', cmd_timeout: 600, listen: '0.0.0.0:80', upstream: sample, hide: closed }`;
    const config = await tempFile('knockgate.yaml', `store: ${store}\n${top}\ndoors: { HTTP: ${door} }\n`);
    const start = (role: string): Promise<Knockgate> =>
      Knockgate.start([role, '--config', config.path], { host: lab.server, ready: /"ready: /u });
    [listener, gateway] = await Promise.all([start('listen'), start('serve')]);
    run = (...args) => Knockgate.run([...args, '--config', config.path], { host: lab.server });
    undo.unshift(
      () => listener.program.stop(),
      () => gateway.program.stop(),
      () => config.remove(),
    );
    await letIn('client');
  };
  const startRedis = async (options: RedisServerOptions = {}): Promise<void> => {
    redis = await RedisServer.start({ host: lab.server, ...options });
    undo.unshift(() => redis.stop());
  };
  const address = (name: string): string => lab.host(name).address;
  const outcome = (name: string): Promise<string> => attempt(lab.host(name), lab.server.address, 80);
  const opens = (name: string): Promise<void> => becomes('connected', () => outcome(name));
  const knock = (name: string): Promise<void> => nmapKnock(lab.host(name), lab.server.address, [6000, 7000]);
  const letIn = async (name: string, ttlMs?: number): Promise<void> => {
    await grant(redis, 'HTTP', address(name), ttlMs);
    await opens(name);
  };
  const ends = (name: string) =>
    gateway.waitForLog(({ event, ip }) => event === 'expired' && ip === address(name), TIMEOUT);
  const said = (event: string) => [...listener.events, ...gateway.events].filter((each) => each['event'] === event);

  it('refuses writes (READONLY): who is in stays in, to his moment; a knock is told of, and one opens when it is over', async () => {
    await startRedis();
    await serve();
    await letIn('other', 5000);
    await redis.cli('REPLICAOF', '127.0.0.1', '1'); // where nobody is
    await knock('stranger');
    // each such answer is a reason to connect anew: it may have found another server; a knock may fall into that
    await listener.waitForLog(/the grant could not be written: (?:READONLY|connection closed)/u);
    await ends('other');
    expect([await outcome('client'), await outcome('other')]).toEqual(['connected', REFUSED]);
    expect(await outcome('stranger')).toBe(REFUSED);
    expect((await run('revoke', 'HTTP', address('client'))).stderr).toMatch(/READONLY/u);
    await redis.cli('REPLICAOF', 'NO', 'ONE');
    await knock('stranger');
    await opens('stranger');
    expect(said('report_failed').length).toBeLessThanOrEqual(2); // once each
    expect(said('store_stale')).toEqual([]);
  });

  it('has become the replica of an empty one: what it says counts, and all is shut', async () => {
    await startRedis();
    await serve();
    await using other = await RedisServer.start({ host: lab.server });
    await redis.cli('REPLICAOF', '127.0.0.1', String(other.port));
    await becomes(REFUSED, () => outcome('client'));
    await redis.cli('REPLICAOF', 'NO', 'ONE');
    await knock('client');
    await opens('client');
    expect(said('revoked')).toMatchObject([{ ip: address('client') }]);
  });

  it('has no memory left (OOM): grants and revocations are written all the same, ends come in time', async () => {
    await startRedis();
    await serve();
    await letIn('other', 5000);
    await redis.cli('CONFIG', 'SET', 'maxmemory', '1');
    await expect(redis.cli('SET', 'a', 'b')).rejects.toThrow(/OOM/u);
    await knock('stranger');
    await opens('stranger');
    await ends('other');
    await gateway.waitForLog(/^audit trail: OOM/u);
    expect(await run('revoke', 'HTTP', address('client'))).toMatchObject({ code: 0 });
    await becomes(REFUSED, () => outcome('client'));
    expect(await outcome('other')).toBe(REFUSED);
    expect(said('store_unreachable')).toEqual([]);
  });

  it('cannot save to its disk (MISCONF): as one that is read-only, however long it lasts', async () => {
    await using disk = await SmallDisk.create(256 * 1024);
    await startRedis({ settings: { dir: disk.path, save: '3600 100000' } });
    await serve(redis.url, 'store_max_stale: 2s');
    await letIn('other', 8000);
    await disk.fill();
    await redis.cli('BGSAVE');
    const failed = async (): Promise<boolean> => (await redis.cli('INFO')).includes('rdb_last_bgsave_status:err');
    await expect.poll(failed, { timeout: 10_000 }).toBe(true);
    await knock('stranger');
    await listener.waitForLog(/the grant could not be written: MISCONF/u);
    await ends('other');
    expect([await outcome('client'), await outcome('other')]).toEqual(['connected', REFUSED]);
    expect((await run('revoke', 'HTTP', address('client'))).stderr).toMatch(/MISCONF/u);
    expect((await run('doctor', '--for', 'listen')).stdout).toMatch(/^fault +redis: its last snapshot failed/mu);
    await disk.free();
    await redis.cli('BGSAVE');
    await expect.poll(failed, { timeout: 10_000 }).toBe(false);
    await knock('stranger');
    await opens('stranger');
    expect(said('store_unreachable')).toEqual([]);
  });

  it('evicts a grant: its door is shut at once', async () => {
    await startRedis();
    await serve();
    await redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await redis.cli('CONFIG', 'SET', 'maxmemory', '1');
    await gateway.waitForLog(({ event, ip }) => event === 'revoked' && ip === address('client'), TIMEOUT);
    expect(await outcome('client')).toBe(REFUSED);
    await redis.cli('CONFIG', 'SET', 'maxmemory', '0');
    await knock('client');
    await opens('client');
  });

  it('answers nobody for longer than store_max_stale (CLIENT PAUSE): all is shut, and open again by itself', async () => {
    await startRedis();
    await serve(redis.url, 'store_max_stale: 2s');
    await redis.cli('CLIENT', 'PAUSE', '6000', 'ALL');
    await gateway.waitForLog(/no word from the store/u, TIMEOUT);
    expect(await outcome('client')).toBe(REFUSED);
    await gateway.waitForLog(/store ready/u, TIMEOUT);
    await opens('client');
    expect(await outcome('stranger')).toBe(REFUSED);
  });

  it('takes 600 ms for each answer: knocks open, ends come in time, nothing is called unreachable', async () => {
    await startRedis();
    await using relay = await SlowRelay.start(redis.port, 300, lab.server);
    await serve(`redis://127.0.0.1:${relay.port}`);
    await knock('stranger');
    await opens('stranger');
    await letIn('other', 3000);
    await ends('other');
    expect(await outcome('other')).toBe(REFUSED);
    expect([await outcome('client'), await outcome('stranger')]).toEqual(['connected', 'connected']);
    expect(said('store_unreachable')).toEqual([]);
  });

  it('loads what it keeps (LOADING): asked again each moment, not when it says that it may be ready', async () => {
    await using folder = await TempDir.create('loading');
    await startRedis({
      keepIn: folder.path,
      settings: { 'key-load-delay': '2000', 'loading-process-events-interval-bytes': '1024' },
    });
    await serve(redis.url, 'store_max_stale: 2s');
    await redis.cli('EVAL', `for i = 1, 2500 do redis.call('SET', 'other:' .. i, i) end`, '0');
    await redis.cli('BGREWRITEAOF');
    await expect
      .poll(() => redis.cli('INFO', 'persistence'))
      .toMatch(/aof_rewrite_in_progress:0[\s\S]*aof_last_bgrewrite_status:ok/u);
    await redis.stop();
    await redis.start();
    // by each connection of both processes
    const [, asked] = /^cmdstat_info:calls=(\d+)/mu.exec(await redis.cli('INFO', 'commandstats'))!;
    expect(Number(asked)).toBeGreaterThan(20);
    await opens('client');
    expect(await outcome('stranger')).toBe(REFUSED);
  });
});
