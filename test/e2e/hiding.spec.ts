import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NetLab } from '../lab/netlab.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { attempt, becomes, Client, grant, grantKey, Served, TIMEOUT } from './hiding.fixture.js';
import { curl } from './recipe.fixture.js';

const REFUSED = 'ECONNREFUSED';

/** Two doors on the flow style's one line each; `http` and `tcp` are added to them. */
const config = (redis: string, { top = '', http = '', tcp = '' } = {}): string => `
store: ${redis}
log_level: debug
${top}
doors:
  HTTP: { sequence: '6000,7000', listen: ['0.0.0.0:80', '[::]:80'], upstream: sample${http} }
  TCP: { sequence: '6100,7100', listen: ['0.0.0.0:8022', '[::]:8022'], upstream: 'tcp://127.0.0.1:9'${tcp} }
`;

describe('a door that the kernel hides', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let upstream: Program; // of TCP
  beforeAll(async () => {
    lab = await NetLab.create();
    redis = await RedisServer.start({ host: lab.server });
    upstream = lab.server.spawn('nc', ['-l', '-k', '127.0.0.1', '9']);
  });
  afterAll(async () => {
    await upstream.stop();
    await redis.stop();
    await lab.stop();
  });
  afterEach(async () => {
    await redis.cli('FLUSHALL');
  });

  const client = () => lab.host('client');
  const stranger = () => lab.host('stranger');
  const target = (): string => lab.server.address;
  const serve = (parts: Parameters<typeof config>[1] = {}): Promise<Served> =>
    Served.start(config(redis.url, parts), { host: lab.server });
  const page = (from = client(), host = target()): Promise<{ code: number; body: string }> =>
    curl(from, `http://${host.includes(':') ? `[${host}]` : host}/`);

  it.each(['address', 'address6'] as const)(
    'closed: for who has a grant at this door, and for nobody else: %s',
    async (which) => {
      await using served = await serve();
      const host = lab.server[which];
      const log = served.knockgate.events.map(({ msg }) => msg);
      expect(log.filter((msg) => msg.includes(': hide: closed: '))).toHaveLength(2);
      for (const port of [80, 8022]) expect(await attempt(client(), host, port)).toBe(REFUSED);
      await grant(redis, 'HTTP', client()[which]);
      await becomes('connected', () => attempt(client(), host, 80));
      expect((await page(client(), host)).body).toContain('You knocked');
      expect(await attempt(client(), host, 8022)).toBe(REFUSED); // another door
      expect(await attempt(stranger(), host, 80)).toBe(REFUSED);
      await grant(redis, 'TCP', client()[which]);
      await becomes('connected', () => attempt(client(), host, 8022));
      await redis.cli('DEL', grantKey('HTTP', client()[which]));
      await becomes(REFUSED, () => attempt(client(), host, 80));
      expect(await attempt(client(), host, 8022)).toBe('connected'); // the other grant goes on
    },
  );

  it.each(['closed', 'filtered'])(
    '%s: at the end of a grant the kernel shuts the port and the connections, though the gateway stands still',
    async (hide) => {
      await using served = await serve({ http: `, hide: ${hide}` });
      const shut = hide === 'closed' ? REFUSED : 'timeout';
      await grant(redis, 'HTTP', client().address, 4000);
      await becomes('connected', () => attempt(client(), target(), 80));
      await using open = await Client.connect(client(), target(), 80);
      open.request();
      await open.program.waitForLine(/^data HTTP\/1\.1 200/u);
      served.knockgate.program.signal('SIGSTOP');
      open.request(); // nobody reads it, but the kernel takes it
      await expect.poll(() => open.unacknowledged(), { timeout: 3000 }).toBe(0);
      await becomes(shut, () => attempt(client(), target(), 80));
      open.request();
      await expect.poll(() => open.retransmissions(), { timeout: 15_000 }).toBeGreaterThan(1);
      expect(await open.unacknowledged()).toBeGreaterThan(0);
      served.knockgate.program.signal('SIGCONT');
      await open.program.waitForLine(/^ECONNRESET$/u); // now it is told
      expect(open.program.lines.filter((line) => line.startsWith('data HTTP'))).toEqual(['data HTTP/1.1 200 OK']);
    },
  );

  it('closed: kill -9 leaves the port closed, also for who has a grant', async () => {
    await using served = await serve();
    await grant(redis, 'HTTP', client().address);
    await becomes('connected', () => attempt(client(), target(), 80));
    await served.knockgate.program.stop('SIGKILL');
    expect(await attempt(client(), target(), 80)).toBe(REFUSED);
  });

  it('closed: restarts under load let no stranger in', async () => {
    await grant(redis, 'HTTP', client().address);
    const script = `
      const seen = {};
      const end = Date.now() + 60_000;
      const knock = () => {
        const socket = require('node:net').connect({ host: process.argv[1], port: 80 });
        const over = (what) => { seen[what] = (seen[what] ?? 0) + 1; socket.destroy(); if (Date.now() < end) knock(); };
        socket.once('connect', () => over('connected')).once('error', (error) => over(error.code));
      };
      for (let i = 0; i < 20; i += 1) knock();
      process.on('SIGTERM', () => { console.log(JSON.stringify(seen)); process.exit(); });
      console.log('started');`;
    await using load = stranger().spawn(process.execPath, ['-e', script, target()]);
    await load.waitForLine(/^started$/u);
    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGTERM'] as const) {
      await using served = await serve();
      await becomes('connected', () => attempt(client(), target(), 80));
      await served.knockgate.program.stop(signal);
    }
    load.signal('SIGTERM');
    const [line] = await load.waitForLine(/^\{.*\}$/u);
    expect(Object.keys(JSON.parse(line) as object)).toEqual([REFUSED]);
  });

  it('closed: the socket behind it is not to be found, not even by local users with a grant', async () => {
    await using served = await serve();
    const { stdout } = await lab.server.run('ss', ['-Hltnp']);
    const mine = stdout.split('\n').filter((line) => line.includes(`pid=${served.pid},`));
    const ports = mine.map((line) => /(127\.0\.0\.1|\[::1\]):(\d+)\s/u.exec(line)!);
    expect(ports).toHaveLength(5); // two of each door, and the sample page
    for (const ip of ['127.0.0.1', '::1']) for (const door of ['HTTP', 'TCP']) await grant(redis, door, ip);
    await becomes('connected', () => attempt(lab.server, '127.0.0.1', 80));
    await becomes('connected', () => attempt(lab.server, '::1', 8022));
    const outcomes = await Promise.all(
      ports.map(([, host, port]) => attempt(lab.server, host!.replaceAll(/[[\]]/gu, ''), Number(port))),
    );
    expect(outcomes.toSorted()).toEqual([REFUSED, REFUSED, REFUSED, REFUSED, 'connected']); // the sample page's
  });

  it('on_expiry: drain: what is under way goes on, new connections meet a closed port', async () => {
    await using served = await serve({ tcp: ', on_expiry: drain' });
    await grant(redis, 'TCP', client().address, 3000);
    await becomes('connected', () => attempt(client(), target(), 8022));
    await using open = await Client.connect(client(), target(), 8022);
    await becomes(REFUSED, () => attempt(client(), target(), 8022));
    await served.knockgate.waitForLog(/TCP: command timeout/u, TIMEOUT);
    open.request();
    await upstream.waitForLine(/^GET \//u);
    expect(await open.unacknowledged()).toBe(0);
  });

  it('trusted_proxies: pass the kernel; the gate judges the client that they name; a reload takes them in and out', async () => {
    await using served = await serve({ http: `, trusted_proxies: [${stranger().address}/32]` });
    await grant(redis, 'HTTP', '203.0.113.7');
    const named = (ip: string) => curl(stranger(), `http://${target()}/`, '-H', `X-Forwarded-For: ${ip}`);
    await expect.poll(async () => (await named('203.0.113.7')).body).toContain('You knocked');
    expect((await named('203.0.113.8')).body).not.toContain('You knocked');
    expect(await attempt(client(), target(), 80)).toBe(REFUSED);
    await served.rewrite(config(redis.url, { http: `, trusted_proxies: [${client().address}/32]` }));
    expect(await attempt(stranger(), target(), 80)).toBe(REFUSED);
    expect(await attempt(client(), target(), 80)).toBe('connected');
  });

  it('a reload opens new doors and ports below 1024, after the rights to that are gone, and closes others', async () => {
    await using served = await serve();
    const more = `  NEW: { sequence: '6200,7200', listen: '0.0.0.0:443', upstream: sample }\n`;
    await grant(redis, 'NEW', client().address);
    await grant(redis, 'TCP', client().address);
    await becomes('connected', () => attempt(client(), target(), 8022));
    await served.rewrite(config(redis.url).replace(/ {2}TCP:.*\n/u, more));
    await becomes('connected', () => attempt(client(), target(), 443));
    expect(await attempt(client(), target(), 8022)).toBe(REFUSED);
    expect(await attempt(stranger(), target(), 443)).toBe(REFUSED);
    await served.rewrite(config(redis.url));
    expect(await attempt(client(), target(), 443)).toBe(REFUSED);
    await becomes('connected', () => attempt(client(), target(), 8022));
  });

  it('filtered: silence for who has no grant', async () => {
    await using served = await serve({ http: ', hide: filtered' });
    expect(served.knockgate.events.map(({ hide }) => hide)).toContain('filtered');
    expect(await attempt(stranger(), target(), 80)).toBe('timeout');
    await grant(redis, 'HTTP', client().address);
    await expect.poll(async () => (await page()).body, { timeout: 15_000 }).toContain('You knocked');
    expect(await attempt(stranger(), target(), 80)).toBe('timeout');
  });

  it('a new deadline counts in the kernel too: later, and earlier', async () => {
    await using served = await serve();
    const key = grantKey('HTTP', client().address);
    await grant(redis, 'HTTP', client().address, 1500);
    await becomes('connected', () => attempt(client(), target(), 80));
    await redis.cli('PEXPIRE', key, '600000');
    await new Promise((resolve) => setTimeout(resolve, 1600)); // past the first deadline
    expect(await attempt(client(), target(), 80)).toBe('connected');
    await redis.cli('PEXPIRE', key, '300');
    await served.knockgate.waitForLog(/HTTP: command timeout/u, TIMEOUT);
    expect(await attempt(client(), target(), 80)).toBe(REFUSED);
  });

  it('store_max_stale: without the gateway, too, everything is shut', async () => {
    await using served = await serve({ top: 'store_max_stale: 2s' });
    await grant(redis, 'HTTP', client().address);
    await becomes('connected', () => attempt(client(), target(), 80));
    served.knockgate.program.signal('SIGSTOP');
    await becomes(REFUSED, () => attempt(client(), target(), 80));
    served.knockgate.program.signal('SIGCONT');
    await becomes('connected', () => attempt(client(), target(), 80));
    expect(served.knockgate.program.exitCode).toBeUndefined();
  });

  it('a full map is a line in the log and a port that stays closed, never an open door', async () => {
    await using served = await serve({ top: 'limits: { grants: 1 }' });
    await grant(redis, 'HTTP', client().address);
    await becomes('connected', () => attempt(client(), target(), 80));
    await grant(redis, 'HTTP', stranger().address);
    const full = await served.knockgate.waitForLog(({ event }) => event === 'kernel_full', TIMEOUT);
    expect(full.msg).toMatch(
      /HTTP: granted, but the kernel's map of grants takes no more \(E2BIG\).*raise limits\.grants/u,
    );
    expect(await attempt(stranger(), target(), 80)).toBe(REFUSED);
    await redis.cli('DEL', grantKey('HTTP', client().address));
    await served.knockgate.waitForLog(/HTTP: revoked/u, TIMEOUT);
    await redis.cli('PEXPIRE', grantKey('HTTP', stranger().address), '500000'); // room again
    await becomes('connected', () => attempt(stranger(), target(), 80));
  });

  it('grants at start beyond what the map takes: a line each, and those that it takes get in', async () => {
    const hosts = [client(), stranger()];
    for (const { address } of hosts) await grant(redis, 'HTTP', address);
    await using served = await serve({ top: 'limits: { grants: 1 }' });
    const full = await served.knockgate.waitForLog(({ event }) => event === 'kernel_full', TIMEOUT);
    const inside = hosts.find(({ address }) => address !== full['ip'])!;
    await becomes('connected', () => attempt(inside, target(), 80));
    const outside = hosts.find((host) => host !== inside)!;
    expect(await attempt(outside, target(), 80)).toBe(REFUSED);
    expect(served.knockgate.events.filter(({ event }) => event === 'kernel_full')).toHaveLength(1);
    await redis.cli('DEL', grantKey('HTTP', inside.address));
    await served.knockgate.waitForLog(/HTTP: revoked/u, TIMEOUT);
    served.knockgate.program.signal('SIGHUP'); // the next snapshot
    await becomes('connected', () => attempt(outside, target(), 80));
  });

  it('100,000 grants: known at start, each of them', async () => {
    const fill = `for i = 0, 99999 do
      local key = 'knockgate:{HTTP}:grant:10.1.' .. math.floor(i / 256) % 256 .. '.' .. i % 256
      if i >= 65536 then key = 'knockgate:{HTTP}:grant:10.2.' .. math.floor(i / 256) % 256 .. '.' .. i % 256 end
      redis.call('HSET', key, 'door', 'HTTP') redis.call('EXPIRE', key, 600) end`;
    await redis.cli('EVAL', fill, '0');
    await grant(redis, 'HTTP', client().address);
    await using served = await serve();
    await served.knockgate.waitForLog((event) => event['grants'] === 100_001, { timeoutMs: 50_000 });
    expect(await attempt(client(), target(), 80)).toBe('connected');
    expect(served.knockgate.events.filter(({ event }) => event === 'kernel_full')).toEqual([]);
    expect(await attempt(stranger(), target(), 80)).toBe(REFUSED);
  });

  describe('with fewer rights', () => {
    const without = (capabilities: string): string[] => [
      '--bounding-set',
      capabilities,
      '--inh-caps',
      capabilities,
      '--',
    ];

    it.each([
      ['-bpf,-sys_admin', 'reset', /a scan sees an open port; better: .*CAP_BPF/u, ['ECONNRESET', 'connected']],
      ['-net_admin,-sys_admin', 'closed', /as for a port at which nothing listens/u, [REFUSED]],
    ])('auto without %s: %s', async (capabilities, hide, because, outcomes) => {
      const wrap = ['setpriv', ...without(capabilities)];
      await using served = await Served.start(config(redis.url), { host: lab.server, wrap });
      const hidden = served.knockgate.events.find(({ event }) => event === 'door_hidden');
      expect(hidden).toMatchObject({ hide, msg: expect.stringMatching(because) as string });
      expect(outcomes).toContain(await attempt(stranger(), target(), 80));
      await grant(redis, 'HTTP', client().address);
      await expect.poll(async () => (await page()).body, { timeout: 15_000 }).toContain('You knocked');
      expect(outcomes).toContain(await attempt(stranger(), target(), 80));
    });

    it.each(['closed', 'filtered'])('refuses to start if the config names %s', async (hide) => {
      const refused = Served.start(config(redis.url, { http: `, hide: ${hide}` }), {
        host: lab.server,
        wrap: ['setpriv', ...without('-bpf,-sys_admin')],
      });
      await expect(refused).rejects.toThrow(
        new RegExp(`ended with 2 [^]*\nknockgate: door HTTP: hide: ${hide} cannot be had: .*CAP_BPF[^\n]*$`, 'u'),
      );
      expect(await attempt(client(), target(), 8022)).toBe(REFUSED);
    });
  });

  it('refuses an address at which somebody listens', async () => {
    await using taken = lab.server.spawn('nc', ['-l', '-k', '-v', '-n', '-p', '80']);
    await taken.waitForLine(/Listening/u);
    await expect(serve()).rejects.toThrow(/cannot listen on 0\.0\.0\.0:80: another process listens there/u);
  });
});
