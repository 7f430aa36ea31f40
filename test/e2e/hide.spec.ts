import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { type Completed, run, type RunOptions } from '../lab/run.js';
import { attempt, becomes, Client, grant, grantKey, TIMEOUT } from './hiding.fixture.js';
import { tempFile } from './recipe.fixture.js';

const MAIN = fileURLToPath(new URL('../../dist/apps/cli/main.js', import.meta.url));
const REFUSED = 'ECONNREFUSED';
const PORT = 2222;

describe("knockgate hide: another daemon's port", () => {
  let lab: NetLab;
  let redis: RedisServer;
  let daemon: Program;
  let config: Awaited<ReturnType<typeof tempFile>>;
  beforeAll(async () => {
    lab = await NetLab.create();
    redis = await RedisServer.start({ host: lab.server });
    config = await tempFile('knockgate.yaml', '');
    daemon = lab.server.spawn('nc', ['-l', '-k', '-v', '-n', '-6', '::', String(PORT)]); // IPv4 too
    await daemon.waitForLine(/Listening/u);
  });
  afterAll(async () => {
    await daemon.stop();
    await redis.stop();
    await lab.stop();
    await config.remove();
  });
  afterEach(async () => {
    await command(['unhide', String(PORT)]);
    await redis.cli('FLUSHALL');
  });

  // not `ip netns exec`: that gives each program a /sys of its own, whose bpf file system goes with it
  const inside = (): string[] => ['nsenter', `--net=/run/netns/${lab.server.netns}`];
  const command = ([...args]: readonly string[], options: RunOptions = {}): Promise<Completed> => {
    const [program, ...words] = [...inside(), process.execPath, MAIN, ...args] as [string, ...string[]];
    return run(program, words, options);
  };
  const door = `{ sequence: '6000,7000', listen: ${PORT}, upstream: none }`;
  const write = (store = redis.url, ssh = door): Promise<void> =>
    writeFile(config.path, `{ store: '${store}', doors: { SSH: ${ssh} } }\n`);
  const hide = (): Promise<Knockgate> =>
    Knockgate.start(['hide', String(PORT), '--config', config.path], { wrap: inside(), ready: /"ready: / });
  const client = () => lab.host('client');
  const from = (name: string) => attempt(lab.host(name), lab.server.address, PORT);

  it('hides it from who has no grant, whatever becomes of the process, until unhide', async () => {
    await write();
    await using open = await Client.connect(client(), lab.server.address, PORT);
    await using first = await hide();
    for (const name of ['client', 'stranger']) expect(await from(name)).toBe(REFUSED);
    expect(await attempt(lab.host('stranger'), lab.server.address6, PORT)).toBe(REFUSED);
    await grant(redis, 'SSH', client().address);
    await becomes('connected', () => from('client'));
    expect(await from('stranger')).toBe(REFUSED);
    open.request(); // what was open stays open
    await daemon.waitForLine(/^GET \//u);
    await redis.cli('DEL', grantKey('SSH', client().address));
    await becomes(REFUSED, () => from('client'));

    await first.program.stop('SIGKILL');
    expect(await from('stranger')).toBe(REFUSED);
    await using second = await hide();
    await grant(redis, 'SSH', client().address);
    await becomes('connected', () => from('client'));
    await second.stop(); // in good order: hidden all the same, and soon from everybody
    await becomes(REFUSED, () => from('client'));
    expect(await from('stranger')).toBe(REFUSED);

    expect(await command(['unhide', String(PORT)])).toMatchObject({ code: 0, stderr: `port ${PORT} is shown again\n` });
    expect(await from('stranger')).not.toBe(REFUSED); // nc's short queue may be full by now
    expect((await command(['unhide', String(PORT)])).code).toBe(1);
  });

  it('ends when somebody shows the port again', async () => {
    await write();
    await using hidden = await hide();
    await command(['unhide', String(PORT)]);
    await hidden.waitForLog(/port 2222 is hidden no more/u, TIMEOUT);
    expect(await hidden.program.exited).toBe(0);
    expect(await from('stranger')).toBe('connected');
  });

  it.each([
    ['memory', door, [], /store: memory: another process's grants cannot be followed/u],
    [undefined, door, ['--door', 'NOPE'], /there is no such door; name one with --door: SSH/u],
    [undefined, door.replace('2222', '2223'), [], /no door has listen: 2222 and upstream: none; .*SSH/u],
    [undefined, door.replace('none', 'sample'), ['--door', 'SSH'], /port 2222 is door SSH's, .*gateway hides itself/u],
  ])('refuses what cannot be, in one line: store %s, door %s %j', async (store, ssh, more, line) => {
    await write(store, ssh);
    const { code, stderr } = await command(['hide', String(PORT), '--config', config.path, ...more]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(new RegExp(`^knockgate: ${line.source}[^\n]*\n$`, 'u'))]);
    expect(await from('stranger')).toBe('connected');
  });

  it.each([
    ['0', 'this is no port'],
    ['ssh', 'this is no port'],
  ])('refuses %s for a port', async (port, line) => {
    await write();
    for (const verb of ['hide', 'unhide']) {
      expect(await command([verb, port])).toMatchObject({ code: 2, stderr: expect.stringContaining(line) as string });
    }
  });

  it('does not hide the port that its own session came in by, without --yes', async () => {
    await write();
    const session = [process.execPath, MAIN, 'hide', '2323', '--door', 'SSH', '--config', config.path];
    const script = await tempFile('session', `#!/bin/sh\nexec 2>&1\n${session.join(' ')}\n`);
    await run('chmod', ['+x', script.path]);
    // as sshd would: the connection is the program's standard input, and there is no SSH_CONNECTION
    const serve = ['busybox', 'nc', '-ll', '-p', '2323', '-e', script.path];
    const [program, ...words] = [...inside(), ...serve] as [string, ...string[]];
    await using sshd = Program.start(program, words);
    await becomes('connected', () => attempt(lab.server, '127.0.0.1', 2323));
    const { stdout } = await lab.server.run('nc', ['127.0.0.1', '2323']);
    expect(stdout).toMatch(/^knockgate: this session came in by port 2323: .*--yes\n$/u);
    const env = { SSH_CONNECTION: `192.0.2.1 50000 192.0.2.2 ${PORT}` };
    const told = await command(['hide', String(PORT), '--config', config.path], { env });
    expect([told.code, told.stderr]).toEqual([
      2,
      expect.stringMatching(/this session came in by port 2222: .*--yes\n$/u),
    ]);
    expect(sshd.exitCode).toBeUndefined();
    await script.remove();
  });
});
