import { writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MetricObject } from '#grants';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { Nginx } from '../lab/nginx.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { attempt } from './hiding.fixture.js';
import { nmapKnock } from './recipe.fixture.js';

interface Report {
  readonly key: string;
  readonly healthy: string;
  readonly problems: string;
  readonly metrics: readonly MetricObject[];
}

const WAIT = { timeout: 20_000, interval: 50 };

/** What each process tells the store of itself, once a second. */
describe('reports', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let nginx: Nginx;
  let folder: TempDir;
  beforeAll(async () => {
    lab = await NetLab.create();
    redis = await RedisServer.start({ host: lab.server });
    nginx = await Nginx.start({ host: lab.server, bigBytes: 1e6, bigRate: 1e6 });
    folder = await TempDir.create('reports');
  });
  afterAll(async () => {
    await nginx.stop();
    await redis.stop();
    await lab.stop();
    await folder.remove();
  });
  afterEach(async () => {
    await redis.cli('FLUSHALL');
  });

  const client = () => lab.host('client');
  const stranger = () => lab.host('stranger');
  const target = (): string => lab.server.address;
  const file = (): string => folder.file('knockgate.yaml');
  const write = (top = ''): Promise<void> =>
    writeFile(
      file(),
      `
store: ${redis.url}
${top}
doors:
  HTTP: { sequence: '6143,7258,8369', cmd_timeout: 60, listen: '0.0.0.0:80', upstream: '${nginx.url}', hide: reset }
  TCP: { sequence: '6144,7259', listen: '0.0.0.0:81', upstream: '${nginx.url.replace('http', 'tcp')}', mode: tcp, hide: reset }
`,
    );
  const start = (role: string): Promise<Knockgate> =>
    Knockgate.start([role, '--config', file()], { host: lab.server, ready: /"ready: / });
  const knock = (from: 'client' | 'stranger', ...ports: number[]): Promise<void> =>
    nmapKnock(lab.host(from), target(), ports);

  const reportOf = async (roles: string): Promise<Report | undefined> => {
    const keys = (await redis.cli('ZRANGE', 'knockgate:{process}:all', '0', '-1')).trim().split('\n');
    const key = keys.find((each) => each.endsWith(`:${roles}`));
    if (key === undefined) return undefined;
    const field = async (name: string): Promise<string> => (await redis.cli('HGET', key, name)).trimEnd();
    const metrics = (await field('metrics')) || '[]';
    return {
      key,
      healthy: await field('healthy'),
      problems: await field('problems'),
      metrics: JSON.parse(metrics) as MetricObject[],
    };
  };
  const said = async (roles: string): Promise<readonly [healthy: string, problems: string] | undefined> => {
    const report = await reportOf(roles);
    return report && [report.healthy, report.problems];
  };
  /** The numbers of a metric, by its labels as `HTTP opened`. */
  const numbers = async (roles: string, name: string): Promise<Record<string, number>> => {
    const values = (await reportOf(roles))?.metrics.find((metric) => metric.name === name)?.values ?? [];
    return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
  };
  const become = async (roles: string, name: string, wanted: Record<string, number>): Promise<void> => {
    await expect.poll(() => numbers(roles, name), WAIT).toEqual(wanted);
  };
  /** Bytes that went there and came back, as curl knows them. */
  const visit = async (port = 80): Promise<readonly [sent: number, received: number]> => {
    const format = '%{size_request} %{size_header} %{size_download}';
    const args = ['-sS', '-o', '/dev/null', '-w', format, `http://${target()}:${port}/`];
    const { code, stdout, stderr } = await client().run('curl', args);
    if (code !== 0) throw new Error(stderr);
    const [request, header, body] = stdout.split(' ').map(Number) as [number, number, number];
    return [request, header + body];
  };

  it('a listener counts what it hears, what becomes of it, and how long a grant takes', async () => {
    await write();
    await using listener = await start('listen');
    await knock('stranger', 6143, 6999);
    await knock('client', 6143, 7258, 8369);
    await listener.waitForLog(/OPEN SESAME$/u);
    await knock('client', 6143, 7258, 8369);
    await listener.waitForLog(/extended/u);
    await knock('client', 6144);
    await become('listener', 'knockgate_attempts_open', { first: 1, advanced: 0 });
    await become('listener', 'knockgate_grants_opened_total', { HTTP: 1, TCP: 0 });
    await become('listener', 'knockgate_grants_extended_total', { HTTP: 1, TCP: 0 });
    const outcomes = await numbers('listener', 'knockgate_attempts_total');
    expect(outcomes).toMatchObject({ 'HTTP voided': 1, 'HTTP opened': 2, 'TCP advanced': 1, 'TCP opened': 0 });
    const steps = listener.events.filter(({ event, door }) => event === 'stage' && door === 'HTTP').length;
    expect(outcomes['HTTP advanced']).toBe(steps);
    const { '': packets } = await numbers('listener', 'knockgate_packets_seen_total');
    expect(packets).toBeGreaterThanOrEqual(9);
    await become('listener', 'knockgate_packets_dropped_total', { '': 0 });
    const times = (await reportOf('listener'))!.metrics.find(({ name }) => name === 'knockgate_time_to_open_seconds')!;
    const part = (name: string): number =>
      times.values.find(({ metricName }) => metricName === `knockgate_time_to_open_seconds_${name}`)!.value;
    expect(part('count')).toBe(2);
    expect(part('sum')).toBeGreaterThan(0);
    expect(JSON.stringify(await reportOf('listener'))).not.toMatch(/6143|7258|8369|6144|7259/u);
    expect(await said('listener')).toEqual(['yes', '']);
    await listener.stop();
    expect(await reportOf('listener')).toBeUndefined();
  });

  it.each([1, 2])('a gateway of %i counts decisions, connections and bytes, of what is open too', async (workers) => {
    await write(`workers: ${workers}`);
    await using gateway = await start('serve');
    const run = (...args: string[]) => Knockgate.run([...args, '--config', file()], { host: lab.server });
    for (const door of ['HTTP', 'TCP']) await run('grant', door, client().address);
    await become('gateway', 'knockgate_grants_live', { HTTP: 1, TCP: 1 });
    await become('gateway', 'knockgate_connections_total', { HTTP: 0, TCP: 0 });
    const sizes = [];
    for (let i = 0; i < 10; i += 1) sizes.push(await visit());
    const [sent, received] = await visit(81);
    expect(await attempt(stranger(), target(), 80)).toMatch(/connected|ECONNRESET/u);
    const half = String.raw`{ printf 'GET /nothing HTTP/1.0\r\n'; exec sleep 600; } | nc "$0" 81`;
    await using held = client().spawn('sh', ['-c', half, target()]);
    await become('gateway', 'knockgate_connections_total', { HTTP: 10, TCP: 2 });
    await become('gateway', 'knockgate_connections_open', { HTTP: 0, TCP: 1 });
    await become('gateway', 'knockgate_gate_decisions_total', {
      'HTTP allow': 20, // at accept, and for the request
      'HTTP deny': 1,
      'TCP allow': 2,
      'TCP deny': 0,
    });
    const bytes = {
      'HTTP in': sizes.reduce((sum, [one]) => sum + one, 0),
      'HTTP out': sizes.reduce((sum, [, one]) => sum + one, 0),
      'TCP in': sent + 23,
      'TCP out': received,
    };
    await become('gateway', 'knockgate_bytes_total', bytes);
    expect(held.exitCode).toBeUndefined();
    await run('revoke', 'HTTP', client().address);
    const ended = { 'HTTP expired': 0, 'HTTP revoked': 1, 'TCP expired': 0, 'TCP revoked': 0 };
    await become('gateway', 'knockgate_grants_ended_total', ended);
    await become('gateway', 'knockgate_grants_live', { HTTP: 0, TCP: 1 });
    const { '': memory } = await numbers('gateway', 'process_resident_memory_bytes');
    expect(memory).toBeGreaterThan(30e6);
    const { '': heap } = await numbers('gateway', 'nodejs_heap_size_used_bytes');
    expect(heap).toBeGreaterThan(5e6);
    expect(await said('gateway')).toEqual(['yes', '']);
    await gateway.stop();
    expect(await reportOf('gateway')).toBeUndefined();
  });

  it('what a worker has counted stays when it is gone, and that it is gone is said', async () => {
    await write('workers: 2');
    await using gateway = await start('serve');
    await Knockgate.run(['grant', 'HTTP', client().address, '--config', file()], { host: lab.server });
    await become('gateway', 'knockgate_grants_live', { HTTP: 1, TCP: 0 });
    for (let i = 0; i < 6; i += 1) await visit();
    await become('gateway', 'knockgate_connections_total', { HTTP: 6, TCP: 0 });
    const pids = gateway.events.filter(({ event }) => event === 'worker_started').map(({ pid }) => Number(pid));
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await expect.poll(() => said('gateway'), WAIT).toEqual(['no', expect.stringMatching(/^2 of 2 workers are not/u)]);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await expect.poll(() => said('gateway'), WAIT).toEqual(['yes', '']);
    await become('gateway', 'knockgate_connections_total', { HTTP: 6, TCP: 0 });
    await visit();
    await become('gateway', 'knockgate_connections_total', { HTTP: 7, TCP: 0 });
  });

  it('says why it is deaf, and that a config was refused, until that is over; status shows it', async () => {
    const link = (...args: string[]) => lab.server.run('ip', ['link', ...args]);
    await link('add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
    await link('set', 'v0', 'up');
    await write('interface: v0');
    await using listener = await start('listen');
    const status = (...args: string[]) => Knockgate.run(['status', '--config', file(), ...args], { host: lab.server });
    await expect.poll(() => said('listener'), WAIT).toEqual(['yes', '']);
    await link('set', 'v0', 'down');
    const deaf = 'deaf: v0: the interface is down or gone';
    await expect.poll(() => said('listener'), WAIT).toEqual(['no', deaf]);
    expect((await status()).stdout).toMatch(
      new RegExp(String.raw`^ {2}\S+:${listener.program.pid}  listener  .*  not well\n {4}${deaf}$`, 'mu'),
    );
    await link('set', 'v0', 'up');
    await expect.poll(() => said('listener'), WAIT).toEqual(['yes', '']);

    await write('interface: v0\nlog_level: 6143');
    listener.program.signal('SIGHUP');
    const refused = expect.stringMatching(/^config refused: \S+knockgate\.yaml:\d+: log_level/u) as string;
    await expect.poll(() => said('listener'), WAIT).toEqual(['yes', refused]);
    expect((await said('listener'))![1]).not.toContain('6143');
    await write('interface: v0');
    const json = JSON.parse((await status('--json')).stdout) as { processes: unknown };
    expect(json.processes).toEqual([
      expect.objectContaining({ pid: listener.program.pid, roles: 'listener', healthy: true, problems: [refused] }),
    ]);
    listener.program.signal('SIGHUP');
    await expect.poll(() => said('listener'), WAIT).toEqual(['yes', '']);
    await listener.program.kill();
    expect(Number(await redis.cli('PTTL', (await reportOf('listener'))!.key))).toBeGreaterThan(0);
  });

  it('a gateway that hears of no grants says so; up reports its roles in one', async () => {
    await write();
    await redis.cli('ACL', 'SETUSER', 'default', '-client|tracking');
    try {
      await using gateway = await start('serve');
      const stale = expect.stringMatching(
        /^the grants cannot be relied on: .*NOPERM.*nobody new is let in$/u,
      ) as string;
      await expect.poll(() => said('gateway'), WAIT).toEqual(['no', stale]);
      await gateway.stop();
    } finally {
      await redis.cli('ACL', 'SETUSER', 'default', '+client|tracking');
    }
    await using both = await start('up');
    await expect.poll(() => said('listener,gateway,console'), WAIT).toEqual(['yes', '']);
    await both.stop();
  });

  it('a store that takes no report costs nothing but a line', async () => {
    await write();
    await redis.cli('ACL', 'SETUSER', 'default', '-zadd');
    try {
      await using listener = await start('listen');
      await listener.waitForLog(({ event }) => event === 'report_failed');
      await knock('client', 6143, 7258, 8369);
      await listener.waitForLog(/OPEN SESAME/u);
      await redis.cli('ACL', 'SETUSER', 'default', '+zadd');
      await expect.poll(() => said('listener'), WAIT).toEqual(['yes', '']);
      expect(listener.events.filter(({ event }) => event === 'report_failed')).toHaveLength(1);
    } finally {
      await redis.cli('ACL', 'SETUSER', 'default', '+zadd');
    }
  });
});
