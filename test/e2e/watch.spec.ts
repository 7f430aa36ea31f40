import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisGrantStore } from '#grants';
import { Knockgate } from '../lab/knockgate.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { Terminal, type TerminalOptions } from '../lab/terminal.js';

const HOME = '\u001B[H';
const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l';
const LEAVE = '\u001B[?7h\u001B[?25h\u001B[?1049l';

/** The screen as it was drawn last, without control sequences. */
function screen(output: string): string[] {
  const last = output.slice(output.lastIndexOf(HOME));
  // oxlint-disable-next-line no-control-regex -- what terminals obey begins with one
  return last.replaceAll(/\u001B\[[?\d;]*[A-Za-z]/gu, '').split(/\r+\n/u); // the terminal adds one of its own
}

describe('grants watch', () => {
  let folder: TempDir;
  let redis: RedisServer;
  let store: RedisGrantStore;
  beforeAll(async () => {
    folder = await TempDir.create('watch');
    redis = await RedisServer.start();
    store = new RedisGrantStore(redis.url, 100);
    const doors = "{ HTTP: { sequence: '7341,6120,9853', listen: 127.0.0.1:8080, upstream: sample } }";
    await writeFile(folder.file('knockgate.yaml'), `store: ${redis.url}\ndoors: ${doors}\n`);
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

  const grant = (ip: string, ttlMs = 59_000) =>
    store.grant({ door: 'HTTP', ip, ttlMs, method: 'knock', listener: 'test:1' });
  const watch = (options: TerminalOptions = {}) =>
    Terminal.start(Knockgate.command(['grants', 'watch']), { cwd: folder.path, columns: 110, ...options });
  const shows =
    (...patterns: RegExp[]) =>
    (output: string): boolean =>
      patterns.every((pattern) => pattern.test(screen(output).join('\n')));

  it('a terminal: the grants in place, their seconds draining, until Ctrl-C; then all is as before', async () => {
    await grant('203.0.113.7');
    await using terminal = await watch();
    const before = await terminal.settings();
    await terminal.until(shows(/^1 live grant: HTTP 1$/mu, /^HTTP {2}203\.0\.113\.7 +5\ds █/mu));
    const seconds = (): number => Number(/ (\d+)s /u.exec(screen(terminal.output).join('\n'))?.[1]);
    const first = seconds();
    await terminal.until(() => seconds() < first);
    await grant('2001:db8::1', 600_000);
    await terminal.until(shows(/^2 live grants/mu, /^HTTP {2}2001:db8::1 +(?:600|599)s █/mu));
    await store.revoke({ door: 'HTTP', ip: '203.0.113.7' }, 'test');
    await terminal.until((output) => shows(/^1 live grant:/mu)(output) && !screen(output).join().includes('203.'));
    terminal.type('\u0003');
    expect(await terminal.exited).toBe(0);
    expect(terminal.output.startsWith(ENTER)).toBe(true);
    expect(terminal.output.split(LEAVE)).toEqual([expect.anything(), '']);
    expect(before).toContain(' echo ');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s: the cursor is back, exit 0', async (signal) => {
    await using terminal = await watch();
    await terminal.until(shows(/nobody is in/u));
    process.kill(terminal.pid, signal);
    expect(await terminal.exited).toBe(0);
    expect(terminal.output.endsWith(LEAVE)).toBe(true);
  });

  it('1,000 grants: a screenful, and how many more; fits another size too', async () => {
    await Promise.all(Array.from({ length: 1000 }, (_, i) => grant(`10.0.${i >> 8}.${i & 255}`, 600_000 + i)));
    await using terminal = await watch();
    await terminal.until(shows(/^1000 live grants: HTTP 1000$/mu, /^… and 982 more/mu));
    expect(screen(terminal.output)).toHaveLength(24);
    const drawn = terminal.output.length;
    await terminal.resize(40, 50);
    await terminal.until(shows(/^… and 966 more/mu), drawn);
    const lines = screen(terminal.output);
    expect(lines).toHaveLength(40);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(50);
    process.kill(terminal.pid, 'SIGTERM');
    expect(await terminal.exited).toBe(0);
  });

  it('Redis away: says so, and goes on when it is back', async () => {
    await grant('203.0.113.7');
    await using terminal = await watch();
    await terminal.until(shows(/203\.0\.113\.7/u));
    await redis.stop();
    await terminal.until(shows(/^store: .*; waiting for it$/mu));
    await redis.start();
    await terminal.until((output) => !/^store: /mu.test(screen(output).join('\n')));
    expect(screen(terminal.output).join('\n')).toContain('nobody is in');
  });

  it('stopped and continued by job control: the terminal is its own in between', async () => {
    await using terminal = await Terminal.start(
      ['bash', '-ic', `${Knockgate.command(['grants', 'watch']).join(' ')}; stty; fg`],
      { cwd: folder.path },
    );
    await terminal.until(shows(/nobody is in/u));
    terminal.type('\u001A');
    await terminal.until((output) => output.split(ENTER).length === 3 && shows(/nobody is in/u)(output));
    expect(terminal.output.split(LEAVE)).toHaveLength(2);
    terminal.type('\u0003');
    await terminal.exited;
    expect(terminal.output.split(LEAVE)).toHaveLength(3);
  });

  it('NO_COLOR: no colours', async () => {
    await grant('203.0.113.7');
    await using terminal = await watch({ env: { NO_COLOR: '1' } });
    await terminal.until(shows(/203\.0\.113\.7/u));
    // oxlint-disable-next-line no-control-regex -- a colour is one
    expect(terminal.output).not.toMatch(/\u001B\[\d+m/u);
  });

  it('a pipe gets lines as before', async () => {
    await grant('203.0.113.7');
    await using lines = await Knockgate.start(['grants', 'watch'], { cwd: folder.path, ready: /live/u });
    expect(lines.program.lines[0]).toMatch(/^\S+Z {2}live {5}HTTP {2}203\.0\.113\.7 {2}\d+ s left$/u);
    await store.revoke({ door: 'HTTP', ip: '203.0.113.7' }, 'test');
    await lines.program.waitForLine(/ended {4}HTTP {2}203\.0\.113\.7$/u);
    await lines.stop('SIGINT');
  });
});
