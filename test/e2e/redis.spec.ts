import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { Nginx } from '../lab/nginx.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { curl, nmapKnock, tempFile } from './recipe.fixture.js';

/** Listener and gateway as two processes, as in production. */
describe('two processes and a Redis between them', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let nginx: Nginx;
  let config: Awaited<ReturnType<typeof tempFile>>;
  let listener: Knockgate;
  let gateway: Knockgate;
  let url: string;
  const start = (role: string): Promise<Knockgate> =>
    Knockgate.start([role, '--config', config.path], { host: lab.server, ready: /"ready: / });

  beforeAll(async () => {
    lab = await NetLab.create();
    redis = await RedisServer.start({ host: lab.server });
    nginx = await Nginx.start({ host: lab.server, bigBytes: 1e9, bigRate: 1e5 });
    url = `http://${lab.server.address}/`;
    const text = `
store: ${redis.url}
store_max_stale: 2
doors:
  HTTP:
    sequence: 6000,7000,8000,9000
    cmd_timeout: 30
    listen: 0.0.0.0:80
    upstream: ${nginx.url}
`;
    config = await tempFile('knockgate.yaml', text);
  });
  afterAll(async () => {
    await redis.stop();
    await nginx.stop();
    await config.remove();
    await lab.stop();
  });
  beforeEach(async () => {
    [listener, gateway] = await Promise.all([start('listen'), start('serve')]);
  });
  afterEach(async () => {
    await Promise.all([listener.program.stop(), gateway.program.stop()]);
    await redis.cli('FLUSHALL');
  });

  const client = () => lab.host('client');
  const key = () => `knockgate:{HTTP}:grant:${client().address}`;
  const open = async (): Promise<void> => {
    await nmapKnock(client(), lab.server.address);
    await listener.waitForLog(/OPEN SESAME/);
    expect((await curl(client(), url)).code).toBe(0);
  };
  const download = (): Program => client().spawn('curl', ['-sS', '-o', '/dev/null', `${url}big`]);
  const run = (...args: string[]) => Knockgate.run([...args, '--config', config.path], { host: lab.server });
  const isOpen = async (): Promise<boolean> => (await curl(client(), url)).code === 0;

  it('the listener writes, the gateway lets in', async () => {
    await open();
    expect(await redis.cli('HGET', key(), 'method')).toBe('knock');
  });

  it('DEL in redis-cli shuts the door and cuts its connections', async () => {
    await open();
    const held = download();
    await gateway.waitForLog((event) => event['event'] === 'request');
    await vi.waitFor(async () => expect((await nginx.accessLog()).length).toBeGreaterThan(0));
    await redis.cli('DEL', key());
    expect(await held.exited).not.toBe(0);
    const revoked = await gateway.waitForLog(/: HTTP: revoked$/u);
    expect(revoked).toMatchObject({ event: 'revoked', ip: client().address, door: 'HTTP' });
    expect(await isOpen()).toBe(false);
    expect(await redis.cli('XREVRANGE', 'knockgate:{HTTP}:events', '+', '-', 'COUNT', '1')).toContain('revoked');
  });

  it('EXPIRE in redis-cli is obeyed: shorter, and longer', async () => {
    await open();
    await redis.cli('PEXPIRE', key(), '300');
    await gateway.waitForLog(/command timeout/);
    expect(await isOpen()).toBe(false);
  });

  it('events tells a knock from its first packet to the end of the grant', async () => {
    await open();
    await run('revoke', 'HTTP', client().address);
    await gateway.waitForLog(/: HTTP: revoked/);
    const { stdout } = await run('events', 'HTTP', '--ip', client().address);
    const told = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/u)[3]);
    const stages = [1, 2, 3, 4].map((stage) => `Stage ${stage} of 4`);
    expect(told).toEqual([...stages, 'OPEN SESAME, 30 s (knock)', 'revoked (knockgate revoke)']);
  });

  it('two gateways see each change and record an end once', async () => {
    const other = await tempFile(
      'other.yaml',
      `
store: ${redis.url}
doors: { HTTP: { sequence: '6000,7000,8000,9000', listen: '0.0.0.0:8080', upstream: ${nginx.url} } }`,
    );
    await using second = await Knockgate.start(['serve', '--config', other.path], {
      host: lab.server,
      ready: /"ready: /,
    });
    await open();
    expect((await curl(client(), `http://${lab.server.address}:8080/`)).code).toBe(0);
    await redis.cli('PEXPIRE', key(), '200');
    await Promise.all([gateway, second].map((each) => each.waitForLog(/command timeout/)));
    await vi.waitFor(async () =>
      expect(await redis.cli('XRANGE', 'knockgate:{HTTP}:events', '-', '+')).toContain('expired'),
    );
    const trail = await redis.cli('XRANGE', 'knockgate:{HTTP}:events', '-', '+');
    expect(trail.match(/^event\nexpired$/gmu)).toHaveLength(1);
    await other.remove();
  });

  it('the gateway killed and started again: the grant still counts', async () => {
    await open();
    await gateway.program.kill();
    expect(await isOpen()).toBe(false);
    gateway = await start('serve');
    expect(await isOpen()).toBe(true);
  });

  it('the listener killed: what is open stays open, until its time is over', async () => {
    await open();
    await listener.program.kill();
    expect(await isOpen()).toBe(true);
    listener = await start('listen');
  });

  it('Redis lost: nothing new opens, and after store_max_stale all is shut, connections cut; Redis back: as before', async () => {
    await open();
    const held = download();
    redis.pause();
    await listener.waitForLog(/store unreachable/);
    expect(await held.exited).not.toBe(0);
    await gateway.waitForLog(/no word from the store/);
    expect(await isOpen()).toBe(false);
    await nmapKnock(lab.host('stranger'), lab.server.address);
    await listener.waitForLog(/the grant could not be written/);
    redis.resume();
    await vi.waitFor(async () => expect(await isOpen()).toBe(true), { timeout: 10_000 });
  });

  it('Redis away at start: said once, nothing opens; there: everything works', async () => {
    await Promise.all([listener.stop(), gateway.stop()]);
    await redis.stop();
    [listener, gateway] = await Promise.all([start('listen'), start('serve')]);
    await nmapKnock(client(), lab.server.address);
    await listener.waitForLog(/the grant could not be written/);
    expect(await isOpen()).toBe(false);
    await redis.start();
    await Promise.all([listener, gateway].map((each) => each.waitForLog(/store ready/)));
    for (const each of [listener, gateway]) {
      expect(each.events.filter(({ event }) => event === 'store_unreachable')).toHaveLength(1);
    }
    await vi.waitFor(() => expect(gateway.events.some(({ event }) => event === 'store_ready')).toBe(true));
    await open();
  });

  it('grant, grants and revoke on the command line', async () => {
    const granted = await run('grant', 'HTTP', client().address, '--for', '59s');
    expect([granted.code, granted.stdout]).toEqual([0, `${client().address}: HTTP: opened, 59 s\n`]);
    await vi.waitFor(async () => expect(await isOpen()).toBe(true));
    const listed = JSON.parse((await run('grants', 'ls', '--json')).stdout) as Record<string, unknown>;
    expect(listed).toMatchObject({ door: 'HTTP', ip: client().address, method: 'manual' });
    expect((await run('revoke', 'HTTP', client().address)).code).toBe(0);
    await gateway.waitForLog(/: HTTP: revoked/);
    expect(await isOpen()).toBe(false);
    const again = await run('revoke', 'HTTP', client().address);
    expect([again.code, again.stderr]).toEqual([1, `knockgate: ${client().address}: HTTP: no live grant\n`]);
  });
});
