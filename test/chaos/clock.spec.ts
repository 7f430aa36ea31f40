import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest';
import { attempt, becomes, grant, grantKey, TIMEOUT } from '../e2e/hiding.fixture.js';
import { nmapKnock, tempFile } from '../e2e/recipe.fixture.js';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { SteppedClock } from '../lab/stepped-clock.js';

const REFUSED = 'ECONNREFUSED';
const HOURS = 3600;

describe('a time of day that is stepped by hours', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let clock: SteppedClock;
  let listener: Knockgate;
  let gateway: Knockgate;
  let start: (role: string, env?: Readonly<Record<string, string>>) => Promise<Knockgate>;
  let undo: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['client', 'other'] });
  });
  afterAll(async () => {
    await lab.stop();
  });
  afterEach(async () => {
    for (const each of undo) await each();
    undo = [];
  });

  /** With a clock of its own for Redis, or for listener and gateway. */
  const begin = async (whose: 'redis' | 'ours', top = ''): Promise<void> => {
    clock = await SteppedClock.create();
    const own = (who: typeof whose): Readonly<Record<string, string>> => (who === whose ? clock.env : {});
    redis = await RedisServer.start({ host: lab.server, env: own('redis') });
    const door = `{ sequence: '6000,7000', cmd_timeout: 600, listen: '0.0.0.0:80', upstream: sample, hide: closed }`;
    const config = await tempFile('knockgate.yaml', `store: ${redis.url}\n${top}\ndoors: { HTTP: ${door} }\n`);
    start = (role, env = own('ours')) =>
      Knockgate.start([role, '--config', config.path], { host: lab.server, ready: /"ready: /u, env });
    [listener, gateway] = await Promise.all([start('listen'), start('serve')]);
    undo = [
      () => listener.program.stop(),
      () => gateway.program.stop(),
      () => redis.stop(),
      () => config.remove(),
      () => clock[Symbol.asyncDispose](),
    ];
    await knock();
    await opens();
  };
  const address = (name: string): string => lab.host(name).address;
  const outcome = (name = 'client'): Promise<string> => attempt(lab.host(name), lab.server.address, 80);
  const opens = (name = 'client'): Promise<void> => becomes('connected', () => outcome(name));
  const knock = (name = 'client'): Promise<void> => nmapKnock(lab.host(name), lab.server.address, [6000, 7000]);
  const leftMs = async (name: string): Promise<number> =>
    Number(await redis.cli('PTTL', grantKey('HTTP', address(name))));
  const ended = (name: string) =>
    gateway.waitForLog(({ event, ip }) => event === 'expired' && ip === address(name), TIMEOUT);
  /** Has the gateway read all grants anew, as it does each 30 s; who is let in then is known when all others are. */
  const readAnew = async (): Promise<void> => {
    await redis.cli('CONFIG', 'RESETSTAT');
    await redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => redis.cli('INFO', 'commandstats'), { timeout: 20_000 }).toContain('cmdstat_scan');
    await grant(redis, 'HTTP', address('other'));
    await opens('other');
    await redis.cli('DEL', grantKey('HTTP', address('other')));
    await becomes(REFUSED, () => outcome('other'));
  };

  it.each([2 * HOURS, -2 * HOURS])(
    'ours, by %d s: no grant is touched, and a knock is one for as long',
    async (step) => {
      await begin('ours');
      await redis.cli('PEXPIRE', grantKey('HTTP', address('client')), '5000');
      await clock.step(step);
      await knock('other');
      await opens('other');
      expect(await leftMs('other')).toBeGreaterThan(500_000);
      expect(await leftMs('other')).toBeLessThanOrEqual(600_000);
      await ended('client');
      expect(await outcome()).toBe(REFUSED);
      expect(await outcome('other')).toBe('connected');
    },
  );

  it("Redis's, ahead: its grants are over at once", async () => {
    await begin('redis');
    await clock.step(2 * HOURS);
    await becomes(REFUSED, async () => {
      await redis.cli('DBSIZE'); // it looks for expired keys by itself, too, a few times a second
      return outcome();
    });
    await knock();
    await opens();
    expect(await leftMs('client')).toBeLessThanOrEqual(600_000);
  });

  it.each(['', 'workers: 2'])("Redis's, back: a grant ends when it would have, and stays so %s", async (workers) => {
    await begin('redis', workers);
    await redis.cli('PEXPIRE', grantKey('HTTP', address('client')), '10000');
    const dueMs = performance.now() + 10_000;
    await clock.step(-2 * HOURS);
    expect(await leftMs('client')).toBeGreaterThan(HOURS * 1000);
    await readAnew();
    expect(await outcome()).toBe('connected');
    await ended('client');
    expect(performance.now()).toBeGreaterThan(dueMs - 100);
    await becomes(REFUSED, () => outcome());
    await readAnew();
    expect(await outcome()).toBe(REFUSED);
    await expect.poll(() => redis.cli('EXISTS', grantKey('HTTP', address('client')))).toBe('0');
    await knock();
    await opens();
  });

  it("Redis's, back: a knock at an open door is one for as long as any", async () => {
    await begin('redis');
    await clock.step(-2 * HOURS);
    const after = listener.program.lineCount;
    await knock();
    await listener.waitForLog(/OPEN SESAME/u, { after });
    expect(await leftMs('client')).toBeLessThanOrEqual(600_000);
  });
});
