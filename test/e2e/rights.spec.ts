import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Knockgate, type LogEvent } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { mustRun } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';
import { threadRights } from '../lab/thread-rights.js';
import { curl } from './recipe.fixture.js';

const MAIN = fileURLToPath(new URL('../../dist/apps/cli/main.js', import.meta.url));
const READY = /"event":"ready"/u;
const REFUSED = 7; // curl: the port is closed
const [DAC_READ_SEARCH, NET_RAW, BPF, NET_ADMIN] = [2, 13, 39, 12];

const none = (uid: number, gid = uid) => ({
  uid: String(uid),
  gid: String(gid),
  groups: '',
  capabilities: [],
  noNewPrivs: '1',
});

describe('rights', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let folder: TempDir;
  beforeAll(async () => {
    lab = await NetLab.create();
    redis = await RedisServer.start({ host: lab.server });
  });
  afterAll(async () => {
    await redis.stop();
    await lab.stop();
  });
  beforeEach(async () => {
    folder = await TempDir.create('rights'); // which root alone may enter
    await redis.cli('FLUSHALL');
  });
  afterEach(async () => {
    await folder.remove();
  });

  const file = (): string => folder.file('knockgate.yaml');
  /** A door behind each of these ports, the first of them HTTP, the others by their number. */
  const write = (top: string, ...doors: readonly { port: number; hide?: string }[]): Promise<void> => {
    const lines = doors.map(({ port, hide = 'closed' }, i) => {
      const name = i === 0 ? 'HTTP' : `P${port}`;
      return `  ${name}: { sequence: '${6000 + i},7000', listen: '0.0.0.0:${port}', upstream: sample, hide: ${hide} }\n`;
    });
    return writeFile(file(), `store: ${redis.url}\n${top}\ndoors:\n${lines.join('')}`);
  };
  const start = (role: 'serve' | 'up' = 'serve'): Promise<Knockgate> =>
    Knockgate.start([role, '--config', file()], { host: lab.server, ready: READY });
  const said = (knockgate: Knockgate, name: string): LogEvent[] =>
    knockgate.events.filter(({ event }) => event === name);
  const hangUp = async ({ program }: Knockgate): Promise<string> => {
    const after = program.lineCount;
    program.signal('SIGHUP');
    const [line] = await program.waitForLine(/"msg":"config re-read.*|"msg":"config refused.*/u, 10_000, after);
    return line;
  };
  const childrenOf = async ({ pid }: Program): Promise<number[]> => {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  };
  const page = (from: string, port: number) => curl(lab.host(from), `http://${lab.server.address}:${port}/`);
  /** Let in at a door, the client gets the page; the stranger finds no port, and never has. */
  const expectHidden = async (door: string, port: number): Promise<void> => {
    expect((await page('client', port)).code).toBe(REFUSED);
    const args = ['grant', door, lab.host('client').address, '--for', '60s', '--config', file()];
    expect(await Knockgate.run(args, { host: lab.server })).toMatchObject({ code: 0 });
    await expect.poll(async () => (await page('client', port)).body, { timeout: 5000 }).toContain('You knocked');
    expect((await page('stranger', port)).code).toBe(REFUSED);
  };

  describe('serve, started as root', () => {
    it('becomes nobody, in all its threads, with nothing left; a child with the right to read the config stays', async () => {
      await write('', { port: 80 });
      await using knockgate = await start();
      const { main, others } = await threadRights(knockgate.program.pid);
      expect(others.length).toBeGreaterThan(5);
      for (const thread of [main, ...others]) expect(thread).toEqual(none(65_534));
      expect(said(knockgate, 'rights_given_up')).toMatchObject([{ user: 'nobody', kept: '' }]);
      expect(said(knockgate, 'rights_kept')).toEqual([]);
      const [reader, ...more] = await childrenOf(knockgate.program);
      expect(more).toEqual([]);
      const { main: first, others: rest } = await threadRights(reader!);
      for (const thread of [first, ...rest]) {
        expect(thread).toMatchObject({ uid: '0', capabilities: [DAC_READ_SEARCH], noNewPrivs: '1' });
      }
      await expectHidden('HTTP', 80);
    });

    it('re-reads it as often as one likes', async () => {
      await write('', { port: 80 });
      await using knockgate = await start();
      for (let i = 0; i < 15; i += 1) expect(await hangUp(knockgate)).toMatch(/config re-read/u);
      await expectHidden('HTTP', 80);
      // Node warns on stderr of listeners that become more and more
      expect(knockgate.program.lines.filter((line) => /Warning|memory leak/u.test(line))).toEqual([]);
    });

    it('re-reads after that a config that root alone may read: new doors, also below port 1024; a faulty one is refused', async () => {
      await write('', { port: 80 });
      await using knockgate = await start();
      await write('', { port: 80 }, { port: 81 }, { port: 8081 });
      expect(await hangUp(knockgate)).toMatch(/config re-read/u);
      await expectHidden('P81', 81);
      await expectHidden('P8081', 8081);
      await writeFile(file(), 'doors: 1\n');
      expect(await hangUp(knockgate)).toMatch(/config refused/u);
      expect(said(knockgate, 'config_fault')).toMatchObject([{ fault: expect.stringContaining(`${file()}:1`) }]);
      expect((await page('client', 81)).body).toContain('You knocked');
      expect((await page('stranger', 81)).code).toBe(REFUSED);
    });

    it('finds out that a port below 1024 is taken, which it may no longer bind', async () => {
      await write('', { port: 80 });
      await using knockgate = await start();
      await using taken = lab.server.spawn('nc', ['-l', '-k', '-v', '-n', '-p', '99']);
      await taken.waitForLine(/Listening/u);
      await write('', { port: 80 }, { port: 99 });
      expect(await hangUp(knockgate)).toMatch(/config refused/u);
      expect(said(knockgate, 'config_fault')).toMatchObject([
        { fault: expect.stringMatching(/cannot listen on 0\.0\.0\.0:99: another process listens there/u) },
      ]);
    });

    it('user: UID:GID', async () => {
      await write('user: 12345:23456', { port: 80 });
      await using knockgate = await start();
      const { main, others } = await threadRights(knockgate.program.pid);
      for (const thread of [main, ...others]) expect(thread).toEqual(none(12_345, 23_456));
    });

    it('user: root: says which threads keep their capabilities, and what would help', async () => {
      await write('user: root', { port: 80 });
      await using knockgate = await start();
      const { main, others } = await threadRights(knockgate.program.pid);
      expect(main).toMatchObject({ uid: '0', capabilities: [], noNewPrivs: '1' });
      expect(said(knockgate, 'rights_kept')).toMatchObject([
        {
          because: expect.stringMatching(
            new RegExp(`^${others.length} threads .*name another user in the config`, 'u'),
          ),
        },
      ]);
    });

    it('a user that does not exist: one line, exit 2', async () => {
      await write('user: nobody-of-that-name', { port: 80 });
      const refused = await Knockgate.run(['serve', '--config', file()], { host: lab.server });
      expect([refused.code, refused.stderr]).toEqual([
        2,
        expect.stringMatching(/^knockgate: user: this host has no user of that name; [^\n]*\n$/u),
      ]);
    });
  });

  describe('up, started as root', () => {
    it('keeps CAP_NET_RAW, in its main thread, and nothing else', async () => {
      await write('', { port: 80 });
      await using knockgate = await start('up');
      const { main, others } = await threadRights(knockgate.program.pid);
      expect(main).toEqual({ ...none(65_534), capabilities: [NET_RAW] });
      for (const thread of others) expect(thread).toEqual(none(65_534));
      expect(said(knockgate, 'rights_given_up')).toMatchObject([{ user: 'nobody', kept: 'CAP_NET_RAW' }]);
    });

    it('run_commands: keeps all that it has, and says so', async () => {
      await write('run_commands: true', { port: 80 });
      await using knockgate = await start('up');
      const { main } = await threadRights(knockgate.program.pid);
      expect(main).toMatchObject({ uid: '0', noNewPrivs: '0' });
      expect(main.capabilities).toEqual(expect.arrayContaining([NET_ADMIN, NET_RAW, BPF]));
      expect(said(knockgate, 'rights_given_up')).toEqual([]);
      expect(said(knockgate, 'rights_kept')).toMatchObject([
        { because: expect.stringMatching(/^run_commands of the listener/u) },
      ]);
    });
  });

  it('serve, started as a user with ambient capabilities: says which threads keep them, and what would help', async () => {
    await write('', { port: 80 });
    await mustRun('chmod', ['-R', 'a+rX', folder.path]);
    const capabilities = '-all,+bpf,+net_admin';
    const user = `--reuid 12345 --regid 12345 --clear-groups --inh-caps=${capabilities} --ambient-caps=${capabilities}`;
    const command = [...user.split(' '), process.execPath, MAIN, 'serve', '--config', file()];
    await using program = lab.server.spawn('setpriv', command);
    await program.waitForLine(READY);
    const { main, others } = await threadRights(program.pid);
    expect(main).toEqual(none(12_345));
    for (const thread of others) {
      expect(thread).toEqual({ ...none(12_345), capabilities: [NET_ADMIN, BPF] });
    }
    await program.waitForLine(/"msg":"rights given up: running as uid 12345"/u);
    await program.waitForLine(new RegExp(`rights kept: ${others.length} threads .*start it as root`, 'u'));
    await expectHidden('HTTP', 80);
  });

  describe('by mode', () => {
    const withCapabilities = (capabilities: string): [string, string[]] => [
      'setpriv',
      [`--bounding-set=-all,+setuid,+setgid${capabilities}`, process.execPath, MAIN, 'serve', '--config', file()],
    ];

    it.each([
      { hide: 'closed', port: 80, capabilities: ',+bpf,+net_admin', what: 'closed' },
      { hide: 'closed', port: 80, capabilities: ',+sys_admin', what: 'closed' },
      { hide: 'closed', port: 8080, capabilities: ',+bpf', what: 'closed' },
      { hide: 'closed', port: 80, capabilities: ',+bpf,+net_bind_service', what: 'closed' },
      { hide: 'filtered', port: 8080, capabilities: ',+bpf', what: 'filtered' },
      { hide: 'filtered', port: 80, capabilities: ',+bpf,+net_bind_service', what: 'filtered' },
      { hide: 'reset', port: 8080, capabilities: '', what: 'reset' },
      { hide: 'auto', port: 8080, capabilities: '', what: 'reset' },
      { hide: 'auto', port: 8080, capabilities: ',+bpf', what: 'closed' },
    ])('hide: $hide, port $port, setuid,setgid$capabilities: $what', async ({ hide, port, capabilities, what }) => {
      await write('', { port, hide });
      await using program = lab.server.spawn(...withCapabilities(capabilities));
      await program.waitForLine(READY);
      await program.waitForLine(new RegExp(`"event":"door_hidden","door":"HTTP","hide":"${what}"`, 'u'));
      const { main, others } = await threadRights(program.pid);
      for (const thread of [main, ...others]) expect(thread).toEqual(none(65_534));
    });

    it.each([
      ['closed', 8080, '', 2, /^knockgate: door HTTP: hide: closed cannot be had: .*EPERM[^\n]*\n$/u],
      ['filtered', 8080, ',+net_admin', 2, /^knockgate: door HTTP: hide: filtered cannot be had: .*EPERM[^\n]*\n$/u],
      ['closed', 80, ',+bpf', 1, /ports below 1024 want root or CAP_NET_BIND_SERVICE\n$/u],
      ['filtered', 80, ',+bpf', 1, /ports below 1024 want root or CAP_NET_BIND_SERVICE\n$/u],
      ['reset', 8080, ',-setgid', 2, /^knockgate: user: may not become nobody \(EPERM\); [^\n]*\n$/u],
      ['reset', 8080, ',-setuid', 2, /^knockgate: user: may not become nobody \(EPERM\); [^\n]*\n$/u],
    ] as const)('hide: %s, port %i, setuid,setgid%s: exit %i, in one line', async (hide, port, with_, code, line) => {
      await write('', { port, hide });
      const refused = await lab.server.run(...withCapabilities(with_));
      expect([refused.code, refused.stderr]).toEqual([code, expect.stringMatching(line)]);
    });
  });
});
