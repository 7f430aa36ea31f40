import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { nmapKnock, recipe, tempFile } from './recipe.fixture.js';

const WAIT = { timeout: 30_000 };

describe('start and stop commands', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let directory: TempDir;
  let config: Awaited<ReturnType<typeof tempFile>>;
  let listener: Knockgate;
  beforeAll(async () => {
    lab = await NetLab.create();
    redis = await RedisServer.start({ host: lab.server });
  });
  afterAll(async () => {
    await redis.stop();
    await lab.stop();
  });
  beforeEach(async () => {
    directory = await TempDir.create('state');
    const log = directory.file('log');
    config = await tempFile(
      'knockgate.yaml',
      `
store: ${redis.url}
run_commands: true
doors:
  HTTP:
    sequence: 6000,7000
    listen: 0.0.0.0:80
    upstream: http://127.0.0.1:8080
    start_command: /bin/sh -c 'echo start %IP% >> ${log}'
    stop_command: echo stop %IP% >> ${log}
`,
    );
    listener = await start();
  });
  afterEach(async () => {
    await listener.program.stop();
    await redis.cli('FLUSHALL');
    await config.remove();
    await directory.remove();
  });

  const ip = '203.0.113.7';
  const key = `knockgate:{HTTP}:grant:${ip}`;
  const start = (): Promise<Knockgate> =>
    Knockgate.start(['listen', '--config', config.path], {
      host: lab.server,
      ready: /"ready: /,
      env: { STATE_DIRECTORY: directory.file('state') },
    });
  const grant = async (who: string, time: string): Promise<void> => {
    const { code, stderr } = await Knockgate.run(['grant', 'HTTP', who, '--for', time, '--config', config.path], {
      host: lab.server,
    });
    expect([code, stderr]).toEqual([0, '']);
  };
  const done = (command: string) =>
    listener.waitForLog((event) => event['event'] === 'command' && event['command'] === command, { timeoutMs: 30_000 });
  const lines = async (): Promise<string[]> => (await readFile(directory.file('log'), 'utf8')).trimEnd().split('\n');

  it('start at the grant, not at an extension; stop at its end', async () => {
    await grant(ip, '60s');
    await done('start');
    await grant(ip, '90s');
    await redis.cli('PEXPIRE', key, '100');
    await done('stop');
    expect(await lines()).toEqual([`start ${ip}`, `stop ${ip}`]);
  });

  it('stop at a DEL in redis-cli, also for IPv6', async () => {
    await grant('2001:db8::1', '60s');
    await done('start');
    await redis.cli('DEL', 'knockgate:{HTTP}:grant:2001:db8::1');
    await done('stop');
    expect(await lines()).toEqual(['start 2001:db8::1', 'stop 2001:db8::1']);
  });

  it.each(['while the grant lives', 'after its end'])(
    'killed and started again %s: one start, one stop',
    async (when) => {
      await grant(ip, '60s');
      await done('start');
      await listener.program.kill();
      if (when === 'after its end') await redis.cli('DEL', key);
      listener = await start();
      if (when !== 'after its end') {
        await grant('203.0.113.8', '60s'); // once this one is heard, the snapshot has been too
        await done('start');
        await redis.cli('DEL', key);
      }
      await done('stop');
      expect((await lines()).filter((line) => line.endsWith(ip))).toEqual([`start ${ip}`, `stop ${ip}`]);
    },
  );

  it("the recipe's own commands: a rule in the firewall as long as the grant", async () => {
    const conf = await tempFile('knockd.conf', recipe());
    const yaml = await tempFile('knockgate.yaml', `store: ${redis.url}\nrun_commands: true\n`);
    const rules = async (): Promise<string> => (await lab.server.run('iptables', ['-S', 'INPUT'])).stdout;
    const args = ['listen', '--knockd-conf', conf.path, '--config', yaml.path, '--upstream', 'sample'];
    await listener.stop();
    listener = await Knockgate.start(args, {
      host: lab.server,
      ready: /"ready: /,
      env: { STATE_DIRECTORY: directory.file('state') },
    });
    const client = lab.host('client');
    await nmapKnock(client, lab.server.address);
    expect(await done('start')).toMatchObject({ ip: client.address, result: 'ok' });
    const rule = `-A INPUT -s ${client.address}/32 -p tcp -m tcp --dport 80 -j ACCEPT`;
    expect(await rules()).toContain(rule);
    await redis.cli('DEL', `knockgate:{HTTP}:grant:${client.address}`);
    expect(await done('stop')).toMatchObject({ result: 'ok' });
    expect(await rules()).not.toContain(rule);
    await conf.remove();
    await yaml.remove();
  });

  it('says what became of a command that fails', async () => {
    const text = (await readFile(config.path, 'utf8')).replace(/start_command: .*/u, 'start_command: /nowhere/x %IP%');
    await writeFile(config.path, text.replace(/stop_command: .*/u, 'stop_command: echo no; exit 3'));
    await listener.stop();
    listener = await start();
    await grant(ip, '60s');
    expect(await done('start')).toMatchObject({ result: 'command could not be run: no such program' });
    await redis.cli('DEL', key);
    const { result, output, level } = await done('stop');
    expect([result, output, level]).toEqual(['command returned non-zero status code (3)', 'no\n', 'error']);
  });

  it('a hostile key in Redis runs nothing', async () => {
    await redis.cli('SET', `knockgate:{HTTP}:grant:$(touch ${directory.file('x')})`, '1', 'EX', '60');
    await grant(ip, '60s');
    await done('start');
    await vi.waitFor(async () => expect(await lines()).toEqual([`start ${ip}`]), WAIT);
    await expect(readFile(directory.file('x'))).rejects.toThrow();
  });
});
