import { readFileSync } from 'node:fs';
import { chmod, readdir, readFile, readlink, rename, stat } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../lab/host.js';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { Nginx } from '../lab/nginx.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { threadRights } from '../lab/thread-rights.js';
import { attempt, becomes, grant, grantKey, Served, TIMEOUT } from './hiding.fixture.js';
import { curl, nmapKnock, tempFile } from './recipe.fixture.js';

const REFUSED = 'ECONNREFUSED';
const WAYS = {
  steer: [],
  // without these a socket map cannot be made, and so nothing be steered
  drop: ['setpriv', '--bounding-set=-net_admin,-sys_admin', '--'],
} as const;
const CONNECTIONS = 40;
const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups', '--'];

/** Holds connections, says how many it has, and what becomes of each. One after the other: of many at once one worker may take all. */
const HOLD = `
  const [host, port, count] = process.argv.slice(1);
  const connect = (left) => {
    if (left === 0) return console.log('all open');
    const socket = require('node:net').connect({ host, port: Number(port) });
    socket.on('connect', () => connect(left - 1));
    socket.on('error', (error) => console.log('lost ' + error.code)).on('end', () => console.log('lost end')).resume();
  };
  connect(Number(count));
  setInterval(() => {}, 1e6);`;

/** Tries again and again, and says what it has come to when asked by SIGTERM. */
const TRY = `
  const seen = {};
  const once = () => {
    const socket = require('node:net').connect({ host: process.argv[1], port: Number(process.argv[2]) });
    const over = (what) => { seen[what] = (seen[what] ?? 0) + 1; socket.destroy(); once(); };
    socket.once('connect', () => over('connected')).once('error', (error) => over(error.code));
  };
  for (let i = 0; i < 10; i += 1) once();
  process.on('SIGTERM', () => { console.log(JSON.stringify(seen)); process.exit(); });
  console.log('started');`;

describe('workers', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let nginx: Nginx;
  beforeAll(async () => {
    lab = await NetLab.create();
    redis = await RedisServer.start({ host: lab.server });
    nginx = await Nginx.start({ host: lab.server, bigBytes: 64 * 1024 * 1024, bigRate: 8 * 1024 * 1024 });
  });
  afterAll(async () => {
    await nginx.stop();
    await redis.stop();
    await lab.stop();
  });
  afterEach(async () => {
    await redis.cli('FLUSHALL');
  });

  const client = () => lab.host('client');
  const stranger = () => lab.host('stranger');
  const target = (): string => lab.server.address;
  const url = (path = '/', host = target()): string => `http://${host.includes(':') ? `[${host}]` : host}${path}`;
  const config = ({ top = '', http = '', tcp = '', more = '' } = {}): string => `
store: ${redis.url}
log_level: debug
workers: 2
${top}
doors:
  HTTP: { sequence: '6000,7000', listen: ['0.0.0.0:80', '[::]:80'], upstream: '${nginx.url}'${http} }
  TCP: { sequence: '6100,7100', listen: ['0.0.0.0:8022', '[::]:8022'], upstream: 'tcp://${nginx.url.slice(7)}'${tcp} }
${more}`;
  const serve = (parts: Parameters<typeof config>[0] = {}, wrap: readonly string[] = []): Promise<Served> =>
    Served.start(config(parts), { host: lab.server, wrap });
  const letIn = async (door: string, port: number, ttlMs?: number): Promise<void> => {
    for (const address of [client().address, client().address6]) await grant(redis, door, address, ttlMs);
    await becomes('connected', () => attempt(client(), target(), port));
  };
  const hold = async (port: number, host = target()): Promise<Program> => {
    const program = client().spawn(process.execPath, ['-e', HOLD, host, String(port), String(CONNECTIONS)]);
    await program.waitForLine(/^all open$/u);
    const accepted = async (): Promise<number> => sum([...(await ownersOf(lab.server, port)).values()]);
    await expect.poll(accepted, { timeout: 10_000 }).toBeGreaterThanOrEqual(CONNECTIONS);
    return program;
  };
  const lost = ({ lines }: Program): string[] => lines.filter((line) => line.startsWith('lost '));

  it.each(['address', 'address6'] as const)('each of them serves, the first process does not: %s', async (which) => {
    await using served = await serve();
    const workers = await workersOf(served.pid);
    expect(workers).toHaveLength(2);
    const host = lab.server[which];
    for (const [door, port] of [
      ['HTTP', 80],
      ['TCP', 8022],
    ] as const) {
      expect(await attempt(stranger(), host, port)).toBe(REFUSED);
      await letIn(door, port);
      await becomes('connected', () => attempt(client(), host, port));
      await using held = await hold(port, host);
      await expect
        .poll(async () => new Set((await ownersOf(lab.server, port)).keys()), { timeout: 10_000 })
        .toEqual(new Set(workers));
      expect(
        (await curl(client(), port === 80 ? url('/', host) : url('/', host).replace(/\/$/u, ':8022/'))).body,
      ).toContain('hidden page');
      expect(await attempt(stranger(), host, port)).toBe(REFUSED);
      expect(lost(held)).toEqual([]);
    }
  });

  it.each(['closed', 'filtered', 'reset'])('hide: %s', async (hide) => {
    await using served = await serve({ http: `, hide: ${hide}` });
    expect(
      served.knockgate.events.filter(({ event }) => event === 'door_hidden').map(({ hide: how }) => how),
    ).toContain(hide);
    const shut = { closed: [REFUSED], filtered: ['timeout'], reset: ['ECONNRESET', 'connected'] }[hide]!;
    expect(shut).toContain(await attempt(stranger(), target(), 80));
    await letIn('HTTP', 80);
    await expect.poll(async () => (await curl(client(), url())).body, { timeout: 10_000 }).toContain('hidden page');
    expect((await curl(stranger(), url(), '--max-time', '1')).body).toBe('');
  });

  it('one that is killed is replaced; what the other one has goes on, and the port stays hidden', async () => {
    await using served = await serve();
    await letIn('TCP', 8022);
    await using held = await hold(8022);
    await using load = stranger().spawn(process.execPath, ['-e', TRY, target(), '8022']);
    await load.waitForLine(/^started$/u);
    const [killed, other] = (await workersOf(served.pid)) as [number, number];
    const before = await ownersOf(lab.server, 8022);
    const after = served.knockgate.program.lineCount;
    process.kill(killed, 'SIGKILL');
    await served.knockgate.waitForLog(({ event }) => event === 'worker_started', { after });
    expect(served.knockgate.events.filter(({ event }) => event === 'worker_ended')).toMatchObject([
      { pid: killed, reason: 'SIGKILL', msg: `worker ${killed} ended: SIGKILL; another takes its place` },
    ]);
    const workers = await workersOf(served.pid);
    expect(workers).toHaveLength(2);
    expect(workers).toContain(other);
    await expect.poll(() => lost(held).length, { timeout: 10_000 }).toBe(before.get(killed) ?? 0);
    expect((await ownersOf(lab.server, 8022)).get(other)).toBe(before.get(other));
    await using more = await hold(8022); // the new one takes its share
    await expect.poll(async () => (await ownersOf(lab.server, 8022)).size, { timeout: 10_000 }).toBe(2);
    expect(lost(more)).toEqual([]);
    expect(await outcomes(load)).toEqual([REFUSED]);
  });

  it.each(Object.entries(WAYS))(
    'the first process killed: nothing is left, and no stranger gets in: %s',
    async (_way, wrap) => {
      await using served = await serve({}, wrap);
      await letIn('HTTP', 80);
      await using held = await hold(80);
      await using load = stranger().spawn(process.execPath, ['-e', TRY, target(), '80']);
      await load.waitForLine(/^started$/u);
      const workers = await workersOf(served.pid);
      await served.knockgate.program.kill();
      await expect.poll(() => workers.filter(isAlive)).toEqual([]);
      await expect.poll(() => lost(held).length, { timeout: 10_000 }).toBe(CONNECTIONS);
      expect(await attempt(client(), target(), 80)).toBe(REFUSED);
      expect(await outcomes(load)).toEqual([REFUSED]);
    },
  );

  it.each(Object.entries(WAYS))('restarts and reloads let no stranger in: %s', async (_way, wrap) => {
    await using load = stranger().spawn(process.execPath, ['-e', TRY, target(), '8022']);
    await load.waitForLine(/^started$/u);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await using served = await serve({}, wrap);
      await served.rewrite(config().replace(/ {2}TCP:.*\n/u, ''));
      await served.rewrite(config());
      await letIn('TCP', 8022);
      await served.knockgate.program.stop(signal);
    }
    expect(await outcomes(load)).toEqual([REFUSED]);
  });

  it('a revocation cuts what each of them has, and is told once, with the sum', async () => {
    await using served = await serve();
    await letIn('HTTP', 80);
    await using held = await hold(80);
    await expect.poll(async () => (await ownersOf(lab.server, 80)).size).toBe(2);
    await redis.cli('DEL', grantKey('HTTP', client().address));
    await expect.poll(() => lost(held).length, { timeout: 10_000 }).toBe(CONNECTIONS);
    expect(new Set(lost(held))).toEqual(new Set(['lost ECONNRESET']));
    await served.knockgate.waitForLog(({ event }) => event === 'revoked', TIMEOUT);
    expect(served.knockgate.events.filter(({ event }) => event === 'revoked')).toMatchObject([
      { ip: client().address, connections: CONNECTIONS },
    ]);
    expect(await attempt(client(), target(), 80)).toBe(REFUSED);
  });

  it('so does the end of its time; the trail has it once', async () => {
    await using served = await serve();
    await letIn('HTTP', 80);
    await using held = await hold(80);
    await redis.cli('PEXPIRE', grantKey('HTTP', client().address), '300');
    await expect.poll(() => lost(held).length, { timeout: 10_000 }).toBe(CONNECTIONS);
    await served.knockgate.waitForLog(({ event }) => event === 'expired', TIMEOUT);
    expect(served.knockgate.events.filter(({ event }) => event === 'expired')).toMatchObject([
      { ip: client().address, connections: CONNECTIONS },
    ]);
    const trail = await redis.cli('XRANGE', 'knockgate:{HTTP}:events', '-', '+');
    expect(trail.match(/expired/gu)).toHaveLength(1);
  });

  it('on_expiry: drain: a download under way ends by itself', async () => {
    await using served = await serve({ http: ', on_expiry: drain' });
    await letIn('HTTP', 80);
    const whole = curl(client(), url('/big'), '-o', '/dev/null', '-w', '%{size_download}', '--max-time', '30');
    await served.knockgate.waitForLog(({ event }) => event === 'connection', TIMEOUT);
    await redis.cli('PEXPIRE', grantKey('HTTP', client().address), '500');
    await served.knockgate.waitForLog(({ event }) => event === 'expired', TIMEOUT);
    expect(await whole).toMatchObject({ code: 0, body: String(64 * 1024 * 1024) });
  });

  it('store_max_stale: without the store everything is shut, and open again when it is back', async () => {
    await using served = await serve({ top: 'store_max_stale: 2s', http: ', hide: reset' });
    await letIn('HTTP', 80);
    await using held = await hold(80);
    redis.pause();
    try {
      await expect.poll(() => lost(held).length, { timeout: 15_000 }).toBe(CONNECTIONS);
      expect((await curl(client(), url())).body).toBe('');
    } finally {
      redis.resume();
    }
    await expect.poll(async () => (await curl(client(), url())).body, { timeout: 15_000 }).toContain('hidden page');
    expect(served.knockgate.program.exitCode).toBeUndefined();
  });

  it('a hung first process: they shut by themselves', async () => {
    await using served = await serve({ top: 'store_max_stale: 2s', http: ', hide: reset' });
    await letIn('HTTP', 80);
    await using held = await hold(80);
    served.knockgate.program.signal('SIGSTOP');
    await expect.poll(() => lost(held).length, { timeout: 15_000 }).toBe(CONNECTIONS);
    expect((await curl(client(), url())).body).toBe('');
    served.knockgate.program.signal('SIGCONT');
    await expect.poll(async () => (await curl(client(), url())).body, { timeout: 15_000 }).toContain('hidden page');
  });

  it('a reload opens new doors, also below port 1024, and closes others; unchanged ones keep their connections', async () => {
    await using served = await serve();
    await letIn('HTTP', 80);
    await letIn('TCP', 8022);
    await using kept = await hold(80);
    await using cut = await hold(8022);
    const more = `  NEW: { sequence: '6200,7200', listen: '0.0.0.0:443', upstream: sample }\n`;
    await grant(redis, 'NEW', client().address);
    await served.rewrite(config({ more }).replace(/ {2}TCP:.*\n/u, ''));
    await becomes('connected', () => attempt(client(), target(), 443));
    expect((await curl(client(), url().replace(/\/$/u, ':443/'))).body).toContain('You knocked');
    expect(await attempt(stranger(), target(), 443)).toBe(REFUSED);
    expect(await attempt(client(), target(), 8022)).toBe(REFUSED);
    await expect.poll(() => lost(cut).length, { timeout: 10_000 }).toBe(CONNECTIONS);
    process.kill((await workersOf(served.pid))[0]!, 'SIGKILL'); // the one that comes has the new doors, too
    await served.knockgate.waitForLog(({ event }) => event === 'worker_ended', TIMEOUT);
    await served.rewrite(config());
    await becomes('connected', () => attempt(client(), target(), 8022));
    expect(await attempt(client(), target(), 443)).toBe(REFUSED);
    expect(lost(kept).length).toBeLessThan(CONNECTIONS);
  });

  it('a reload that cannot be had is refused as a whole', async () => {
    await using served = await serve();
    await using taken = lab.server.spawn('nc', ['-l', '-k', '-v', '-n', '-p', '9099']);
    await taken.waitForLine(/Listening/u);
    const more = `  NEW: { sequence: '6200,7200', listen: '0.0.0.0:9099', upstream: sample }\n`;
    await expect(served.rewrite(config({ more }).replace(/ {2}TCP:.*\n/u, ''))).rejects.toThrow(/config refused/u);
    await letIn('TCP', 8022);
  });

  it('a reload can have addresses change their doors', async () => {
    await using served = await serve();
    await letIn('HTTP', 80);
    await letIn('TCP', 8022);
    await using cut = await hold(80);
    await using loads = stranger().spawn(process.execPath, ['-e', TRY, target(), '80']);
    await loads.waitForLine(/^started$/u);
    await served.rewrite(swapped(config()));
    await expect.poll(() => lost(cut).length, { timeout: 10_000 }).toBe(CONNECTIONS);
    for (const port of [80, 8022]) {
      await becomes('connected', () => attempt(client(), target(), port));
      await using held = await hold(port);
      await expect.poll(async () => (await ownersOf(lab.server, port)).size, { timeout: 10_000 }).toBe(2);
      expect((await curl(client(), url().replace(/\/$/u, `:${port}/`))).body).toContain('hidden page');
      expect(lost(held)).toEqual([]);
    }
    expect(await outcomes(loads)).toEqual([REFUSED]);
  });

  it('a reload is not held up by one that hangs; what hung as a port was closed does not open it again', async () => {
    await using served = await serve();
    await using load = stranger().spawn(process.execPath, ['-e', TRY, target(), '443']);
    await load.waitForLine(/^started$/u);
    const [hung] = (await workersOf(served.pid)) as [number];
    process.kill(hung, 'SIGSTOP');
    const more = `  NEW: { sequence: '6200,7200', listen: '0.0.0.0:443', upstream: sample }\n`;
    await served.rewrite(config({ more }));
    await letIn('NEW', 443);
    const after = served.knockgate.program.lineCount;
    await served.rewrite(config());
    await served.knockgate.waitForLog(({ event }) => event === 'worker_started', { ...TIMEOUT, after });
    expect(served.knockgate.events.filter(({ event }) => event === 'worker_ended')).toMatchObject([
      { pid: hung, reason: 'a port was closed before it had said that it serves it' },
    ]);
    expect(await attempt(client(), target(), 443)).toBe(REFUSED);
    expect(await outcomes(load)).toEqual([REFUSED]);
  });

  it('one that hung for longer than store_max_stale shuts, and opens again', async () => {
    await using served = await serve({ top: 'store_max_stale: 2s', http: ', hide: reset' });
    await letIn('HTTP', 80);
    await using held = await hold(80);
    const before = await ownersOf(lab.server, 80);
    const [hung, other] = [...before.keys()] as [number, number];
    process.kill(hung, 'SIGSTOP');
    await grant(redis, 'TCP', '192.0.2.1', 2500);
    await served.knockgate.waitForLog(({ event, ip }) => event === 'expired' && ip === '192.0.2.1', TIMEOUT);
    process.kill(hung, 'SIGCONT');
    await expect.poll(() => lost(held).length, { timeout: 10_000 }).toBe(before.get(hung));
    process.kill(other, 'SIGSTOP');
    await expect.poll(async () => (await curl(client(), url())).body, { timeout: 10_000 }).toContain('hidden page');
    process.kill(other, 'SIGCONT');
  });

  it('trusted_proxies: each of them judges the client that they name', async () => {
    const proxied = { http: `, trusted_proxies: ['${client().address}']` };
    await using served = await serve(proxied);
    const asked = (): Promise<{ body: string }> => curl(client(), url(), '-H', 'X-Forwarded-For: 192.0.2.7');
    await using held = await hold(80);
    await expect.poll(async () => (await ownersOf(lab.server, 80)).size).toBe(2);
    for (let i = 0; i < 10; i += 1) expect((await asked()).body).not.toContain('hidden page');
    await grant(redis, 'HTTP', '192.0.2.7');
    await expect.poll(async () => (await asked()).body, { timeout: 10_000 }).toContain('hidden page');
    for (let i = 0; i < 10; i += 1) expect((await asked()).body).toContain('hidden page');
    await redis.cli('DEL', grantKey('HTTP', '192.0.2.7'));
    await served.knockgate.waitForLog(({ event }) => event === 'revoked', TIMEOUT);
    for (let i = 0; i < 10; i += 1) expect((await asked()).body).not.toContain('hidden page');
    expect(lost(held)).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s to all of them, as a terminal or a service manager does: exit 0',
    async (signal) => {
      await using served = await serve();
      await letIn('HTTP', 80);
      await using held = await hold(80);
      const workers = await workersOf(served.pid);
      for (const pid of workers) process.kill(pid, signal);
      await served.knockgate.stop(signal); // with exit code 0
      expect(workers.filter(isAlive)).toEqual([]);
      await expect.poll(() => lost(held).length, { timeout: 10_000 }).toBe(CONNECTIONS);
      expect(served.knockgate.events.filter(({ event }) => event === 'worker_ended' || event === 'crashed')).toEqual(
        [],
      );
    },
  );

  it('where none of them lasts the process ends, and says so', async () => {
    await using served = await serve();
    const { program } = served.knockgate;
    const killer = setInterval(() => {
      void workersOf(served.pid).then(
        (pids) => pids.forEach(end),
        () => {},
      );
    }, 20);
    try {
      expect(await program.exited).toBe(1);
    } finally {
      clearInterval(killer);
    }
    expect(served.knockgate.events.at(-1)).toMatchObject({
      event: 'crashed',
      msg: expect.stringContaining('workers: each ends as soon as it starts: SIGKILL') as string,
    });
  });

  it('have no rights, whatever the first process keeps', async () => {
    const kept = ['capture: raw', 'capture: packet', 'run_commands: true'];
    const nobody = { uid: '65534', gid: '65534', groups: '', capabilities: [], noNewPrivs: '1' };
    for (const [role, top] of [['serve', ''], ...kept.map((each) => ['up', each])] as [string, string][]) {
      const file = await tempFile('knockgate.yaml', config({ top }));
      const options = { host: lab.server, ready: /"ready: / };
      await using knockgate = await Knockgate.start([role, '--config', file.path], options);
      const workers = await workersOf(knockgate.program.pid);
      expect(workers).toHaveLength(2);
      for (const pid of workers) {
        const { main, others } = await threadRights(pid);
        for (const thread of [main, ...others]) expect(thread).toEqual(nobody);
        expect(await capturesOf(pid)).toEqual([]);
      }
      const hears = (await capturesOf(knockgate.program.pid)).length > 0;
      expect(hears).toBe(role === 'up');
      await file.remove();
    }
  });

  it.each(Object.entries(WAYS))('all of them killed at once: no stranger gets in: %s', async (_way, wrap) => {
    await using load = stranger().spawn(process.execPath, ['-e', TRY, target(), '80']);
    await load.waitForLine(/^started$/u);
    for (let round = 0; round < 3; round += 1) {
      await using served = await serve({}, wrap);
      await letIn('HTTP', 80);
      for (const pid of [...(await workersOf(served.pid)), served.pid]) process.kill(pid, 'SIGKILL');
      await served.knockgate.program.exited;
    }
    expect(await outcomes(load)).toEqual([REFUSED]);
  });

  it('logfile: of all of them, also in a folder that they may not enter; SIGHUP goes on in a new file where they may', async () => {
    await using folder = await TempDir.create('log');
    const log = folder.file('knockgate.log');
    await using served = await serve({ top: `logfile: ${log}` });
    await letIn('HTTP', 80);
    const logged = async (file: string, path: string): Promise<void> => {
      await expect.poll(() => readFile(file, 'utf8'), { timeout: 10_000 }).toContain(`GET ${path} 404`);
    };
    await curl(client(), url('/first'));
    await logged(log, '/first');
    await chmod(folder.path, 0o777);
    await rename(log, `${log}.1`);
    await served.rewrite(config({ top: `logfile: ${log}` }));
    await curl(client(), url('/second'));
    await logged(log, '/second');
    expect(await readFile(`${log}.1`, 'utf8')).not.toContain('second');
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d\] ./u);
  });

  it('many of them: Node has nothing to warn of', async () => {
    await using served = await Served.start(config().replace(/^workers: .*$/mu, 'workers: 12'), { host: lab.server });
    await letIn('HTTP', 80);
    expect(await workersOf(served.pid)).toHaveLength(12);
    expect(served.knockgate.program.lines.filter((line) => line.includes('Warning'))).toEqual([]);
  });

  it('one that comes after a reload logs as it says', async () => {
    const quiet = config().replace('log_level: debug', 'log_level: info');
    await using served = await Served.start(quiet, { host: lab.server });
    await served.rewrite(config());
    const after = served.knockgate.program.lineCount;
    for (const pid of await workersOf(served.pid)) process.kill(pid, 'SIGKILL');
    let started = 0;
    await served.knockgate.waitForLog(({ event }) => event === 'worker_started' && (started += 1) === 2, { after });
    await letIn('HTTP', 80);
    const logged = served.knockgate.waitForLog(({ event }) => event === 'connection', { ...TIMEOUT, after });
    expect(await logged).toMatchObject({ level: 'debug', ip: client().address });
  });

  it('health_file: touched while both are well, and not while one hangs', async () => {
    await using folder = await TempDir.create('health');
    const health = folder.file('health');
    await chmod(folder.path, 0o777);
    await using served = await serve({ top: `health_file: ${health}` });
    const touched = async (): Promise<number> => (await stat(health)).mtimeMs;
    await expect.poll(touched, { timeout: 10_000 }).toBeGreaterThan(0);
    const [one] = (await workersOf(served.pid)) as [number];
    process.kill(one, 'SIGSTOP');
    // at most 5 s until its silence counts
    let last = -1;
    const untouched = async (): Promise<boolean> => {
      const before = last;
      last = await touched();
      return before === last;
    };
    await expect.poll(untouched, { timeout: 20_000, interval: 2500 }).toBe(true);
    process.kill(one, 'SIGCONT');
    await expect.poll(touched, { timeout: 10_000 }).toBeGreaterThan(last);
  });

  it('tell others nothing, and are told no secret', async () => {
    await using served = await serve();
    for (const pid of await workersOf(served.pid)) {
      const shown = (await readFile(`/proc/${pid}/cmdline`, 'utf8')) + (await readFile(`/proc/${pid}/environ`, 'utf8'));
      expect(shown).not.toMatch(/redis:|6000|7100/u);
      const { code, stderr } = await lab.server.run('setpriv', [...NOBODY, 'ls', `/proc/${pid}/fd`]);
      expect([code, stderr]).toEqual([2, expect.stringContaining('Permission denied')]);
    }
  });

  it('up, with grants in memory: a knock opens, and its end shuts', async () => {
    const text = config({})
      .replace(/^store: .*$/mu, 'store: memory')
      .replace("'6000,7000'", "'6000,7000', cmd_timeout: 3");
    const file = await tempFile('knockgate.yaml', text);
    await using knockgate = await Knockgate.start(['up', '--config', file.path], {
      host: lab.server,
      ready: /"ready: /,
    });
    await nmapKnock(client(), target(), [6000, 7000]);
    await becomes('connected', () => attempt(client(), target(), 80));
    expect((await curl(client(), url())).body).toContain('hidden page');
    expect(await attempt(stranger(), target(), 80)).toBe(REFUSED);
    await knockgate.waitForLog(({ event }) => event === 'expired', TIMEOUT);
    expect(await attempt(client(), target(), 80)).toBe(REFUSED);
    await knockgate.stop();
    await file.remove();
  });

  it.each(['0', 'many', '1.5', '[2]'])('workers: %s: one line with its place', async (value) => {
    const file = await tempFile('knockgate.yaml', config().replace('workers: 2', `workers: ${value}`));
    const { code, stderr } = await Knockgate.run(['serve', '--config', file.path], { host: lab.server });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^\S+knockgate\.yaml:4: workers: [^\n]*write a whole number from 1 to 256, or auto\n$/u);
    await file.remove();
  });
});

/** The processes that serve, by pid. */
async function workersOf(pid: number): Promise<number[]> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number);
  const lines = await Promise.all(children.map((child) => readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')));
  return children.filter((_, i) => lines[i]!.includes('worker.child.js'));
}

/** The sockets of a process that hear packets, by inode. */
async function capturesOf(pid: number): Promise<string[]> {
  const tables = await Promise.all(
    ['raw', 'raw6', 'packet'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  );
  const words = new Set(tables.join('\n').split(/\s+/u));
  const names = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  const inodes = links.flatMap((link) => /^socket:\[(\d+)\]$/u.exec(link)?.[1] ?? []);
  return inodes.filter((inode) => words.has(inode));
}

/** The addresses of the two doors, each the other's. */
function swapped(text: string): string {
  return text.replaceAll(/:80(22)?'/gu, (_, http) => (http === undefined ? ":8022'" : ":80'"));
}

/** How many of the connections to this port each process has, by pid. */
async function ownersOf(host: Host, port: number): Promise<Map<number, number>> {
  const { stdout } = await host.run('ss', ['-Htnp', 'state', 'established', 'sport', '=', `:${port}`]);
  const counts = new Map<number, number>();
  for (const [, pid] of stdout.matchAll(/pid=(\d+),/gu)) counts.set(Number(pid), (counts.get(Number(pid)) ?? 0) + 1);
  return counts;
}

async function outcomes(load: Program): Promise<string[]> {
  load.signal('SIGTERM');
  const [line] = await load.waitForLine(/^\{.*\}$/u);
  return Object.keys(JSON.parse(line) as object);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** One that waits for its new parent to ask what became of it (zombie, proc(5)) has ended. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function end(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}
