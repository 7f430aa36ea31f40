import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisGrantStore } from '#grants';
import { Knockgate } from '../lab/knockgate.js';
import { RedisServer } from '../lab/redis-server.js';
import { run } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';
import { Terminal } from '../lab/terminal.js';

const IP = '203.0.113.7';
const ESCAPE = '\u001B';

describe('events', () => {
  let folder: TempDir;
  let redis: RedisServer;
  let store: RedisGrantStore;
  beforeAll(async () => {
    folder = await TempDir.create('events');
    redis = await RedisServer.start({ keepIn: folder.path });
    store = new RedisGrantStore(redis.url, 10_000);
    await writeFile(
      folder.file('knockgate.yaml'),
      `store: ${redis.url}
doors:
  HTTP: { sequence: '7341,6120,9853', listen: 127.0.0.1:8080, upstream: sample }
  SSH: { sequence: '7342,6121,9854', listen: 127.0.0.1:2222, upstream: 'tcp://127.0.0.1:22' }
`,
    );
  });
  beforeEach(async () => {
    await vi.waitFor(() => store.ping(), { timeout: 10_000 });
    await redis.cli('FLUSHALL');
  });
  afterAll(async () => {
    await store.close();
    await redis.stop();
    await folder.remove();
  });

  const events = (...args: string[]) => Knockgate.run(['events', ...args], { cwd: folder.path });
  const stage = (number: number, door = 'HTTP', ip = IP) =>
    store.record(door, { event: 'stage', ip, stage: String(number), of: '3' });
  const grant = (door = 'HTTP', ip = IP) =>
    store.grant({ door, ip, ttlMs: 59_000, method: 'knock', listener: 'test:1' });
  /** Until Redis's clock shows another millisecond: within one, the order of two doors' entries is not known. */
  const nextMillisecond = async (): Promise<void> => {
    const now = async () =>
      await redis.cli('EVAL', "local t = redis.call('TIME'); return t[1] * 1000 + math.floor(t[2] / 1000)", '0');
    const before = await now();
    await vi.waitFor(async () => expect(await now()).not.toBe(before), { interval: 1 });
  };
  const knocked = async (): Promise<void> => {
    await stage(1);
    await nextMillisecond();
    await store.record('SSH', { event: 'voided', ip: '2001:db8::1', stage: '2' });
    await nextMillisecond();
    await grant();
    await store.revoke({ door: 'HTTP', ip: IP }, 'knockgate revoke');
  };

  it('prints the trail of all doors in order, without colours into a pipe', async () => {
    await knocked();
    const { code, stdout, stderr } = await events();
    expect([code, stderr]).toEqual([0, '']);
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
    const lines = [
      `HTTP  203.0.113.7      Stage 1 of 3`,
      `SSH   2001:db8::1      wrong port, attempt voided (stage 2)`,
      `HTTP  203.0.113.7      OPEN SESAME, 59 s (knock)`,
      `HTTP  203.0.113.7      revoked (knockgate revoke)`,
    ];
    expect(stdout.replaceAll(new RegExp(`^${time}  `, 'gmu'), '')).toBe(`${lines.join('\n')}\n`);
  });

  it('one door, one source, a time; JSON lines with numbers as numbers', async () => {
    await knocked();
    expect(
      (await events('SSH', '--json')).stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual([
      { door: 'SSH', id: expect.any(String), event: 'voided', at: expect.any(String), ip: '2001:db8::1', stage: 2 },
    ]);
    expect((await events('--ip', '2001:DB8:0::1')).stdout.split('\n')).toHaveLength(2);
    expect((await events('--since', '1h')).stdout.split('\n')).toHaveLength(5);
    await vi.waitFor(async () => expect((await events('--since', '100ms')).stdout).toBe(''), 20_000);
    expect(await events('SSH', '--ip', IP)).toEqual({ code: 0, stdout: '', stderr: 'nothing in the audit trail\n' });
  });

  it('a terminal gets colours, unless NO_COLOR is set; what came from elsewhere cannot command it', async () => {
    await redis.cli('XADD', 'knockgate:{HTTP}:events', '*', 'event', `${ESCAPE}[2J`, 'at', 'now', 'ip', `\n${IP}`);
    await grant();
    const command = Knockgate.command(['events']);
    const shown = async (env: Record<string, string>): Promise<string> => {
      await using terminal = await Terminal.start(command, { cwd: folder.path, env });
      expect(await terminal.exited).toBe(0);
      return terminal.output;
    };
    const text = await shown({});
    expect(text).toContain(`${ESCAPE}[32mOPEN SESAME, 59 s (knock)${ESCAPE}[39m`);
    expect(text).not.toContain(`${ESCAPE}[2J`);
    expect(text).toContain(String.raw`\u001b[2J`);
    expect(await shown({ NO_COLOR: '1' })).not.toContain(ESCAPE);
  });

  it('-f goes on with what comes; a Redis that is away is waited for, and no entry is lost or doubled', async () => {
    await stage(0);
    await using follower = await Knockgate.start(['events', '-f', '--json'], { cwd: folder.path, ready: /"stage":0/u });
    const { program } = follower;
    await stage(1);
    await program.waitForLine(/"stage":1/u);
    for (let round = 0; round < 3; round += 1) {
      await stage(10 + round);
      await redis.stop(round === 1 ? 'SIGKILL' : 'SIGTERM');
      await program.waitForLine(/^store: .*waiting for it$/u);
      await redis.start();
      await vi.waitFor(() => stage(20 + round, 'SSH'), { timeout: 10_000 });
      await program.waitForLine(new RegExp(`"stage":${20 + round},`, 'u'));
    }
    const entries = follower.events.map((entry) => entry['stage']);
    expect(entries).toEqual([0, 1, 10, 20, 11, 21, 12, 22]);
    await follower.stop('SIGINT');
  });

  it('-f begins ten minutes ago; Ctrl-C ends it, exit 0', async () => {
    await redis.cli('XADD', 'knockgate:{HTTP}:events', '1000-0', 'event', 'stage', 'at', 'long ago');
    await grant();
    await using terminal = await Terminal.start(Knockgate.command(['events', '-f']), { cwd: folder.path });
    await terminal.until(/OPEN SESAME/u);
    expect(terminal.output).not.toContain('long ago');
    terminal.type('\u0003');
    expect(await terminal.exited).toBe(0);
  });

  it('ends quietly when nobody reads on', async () => {
    await knocked();
    const line = `${Knockgate.command(['events', '-f']).join(' ')} | head -n 1`;
    let ended = false;
    const piped = run('bash', ['-c', `${line}; echo "\${PIPESTATUS[0]}"`], { cwd: folder.path });
    void piped.finally(() => (ended = true));
    await vi.waitFor(async () => {
      await stage(3); // it finds out when it writes
      expect(ended).toBe(true);
    }, 20_000);
    const { stdout, stderr } = await piped;
    expect([stdout.trim().split('\n').at(-1), stderr]).toEqual(['0', '']);
  });

  it.each([
    ['a door that is not there', ['NOPE'], /no door NOPE; the config has HTTP, SSH/u],
    ['an address that is none', ['--ip', 'nobody'], /--ip: not an IP address: nobody/u],
    ['a time that is none', ['--since', 'noon'], /--since: not a time such as 45s, 10m or 2h: noon/u],
  ])('%s: one clear line, exit 2', async (_what, args, text) => {
    const { code, stdout, stderr } = await events(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd()).toMatch(text);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
