import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Knockgate, type LogEvent } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { tempFile } from './recipe.fixture.js';

const AT_ONCE = 5;
const GRANTS = 40;

describe('the bounds on commands', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let folder: TempDir;
  beforeAll(async () => {
    lab = await NetLab.create({ clients: [] });
    redis = await RedisServer.start({ host: lab.server });
  });
  afterAll(async () => {
    await redis.stop();
    await lab.stop();
  });
  beforeEach(async () => {
    folder = await TempDir.create('limits');
  });
  afterEach(async () => {
    await redis.cli('FLUSHALL');
    await folder.remove();
  });

  interface Door {
    readonly limits: string;
    /** As sh takes it; what it says of itself goes to the file `log`. */
    readonly start: string;
    readonly stop: string;
  }
  const listening = async ({ limits, start, stop }: Door): Promise<Knockgate> => {
    const config = await tempFile(
      'knockgate.yaml',
      `
store: ${redis.url}
run_commands: true
limits: ${limits}
doors:
  HTTP:
    sequence: 6000,7000
    listen: 0.0.0.0:80
    upstream: http://127.0.0.1:8080
    start_command: ${JSON.stringify(start.replaceAll('LOG', folder.file('log')))}
    stop_command: ${JSON.stringify(stop.replaceAll('LOG', folder.file('log')))}
`,
    );
    const env = { STATE_DIRECTORY: folder.file('state') };
    const knockgate = await Knockgate.start(['listen', '--config', config.path], {
      host: lab.server,
      ready: /"ready: /,
      env,
    });
    await config.remove();
    return knockgate;
  };
  /** Grants to 203.0.113.1 and its neighbours, all in one step. */
  const grant = (count: number): Promise<string> => {
    const script = "for i = 1, ARGV[1] do redis.call('SET', ARGV[2] .. i, '', 'EX', 600) end";
    return redis.cli('EVAL', script, '0', String(count), 'knockgate:{HTTP}:grant:203.0.113.');
  };
  const ended = (knockgate: Knockgate, command: string): LogEvent[] =>
    knockgate.events.filter((event) => event['event'] === 'command' && event['command'] === command);
  const allEnded = (knockgate: Knockgate, command: string, count: number): Promise<LogEvent> =>
    knockgate.waitForLog(() => ended(knockgate, command).length >= count, { timeoutMs: 50_000 });
  const logged = async (): Promise<string[]> => (await readFile(folder.file('log'), 'utf8')).trimEnd().split('\n');

  it('one that hangs is ended with all that it started, and logged; the others go on meanwhile', async () => {
    const hang = 'sleep 600 & echo $! >> LOG; echo $$ >> LOG; wait';
    await using knockgate = await listening({
      limits: '{ commands: 2, command_time: 2s }',
      start: `case %IP% in *.1) ${hang};; *) echo here;; esac`,
      stop: 'true',
    });
    await grant(6);
    await allEnded(knockgate, 'start', 6);
    const results = ended(knockgate, 'start').map(({ ip, result }) => `${ip as string}: ${result as string}`);
    expect(results.at(-1)).toBe('203.0.113.1: command took longer than 2 s and was killed');
    expect(results.slice(0, -1).toSorted()).toEqual([2, 3, 4, 5, 6].map((i) => `203.0.113.${i}: ok`));
    const pids = (await logged()).map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) await vi.waitFor(async () => expect(await isGone(pid)).toBe(true), { timeout: 10_000 });
    await redis.cli('FLUSHALL');
    await allEnded(knockgate, 'stop', 6); // that of the one that hung too: it may have had an effect
    expect(ended(knockgate, 'stop').map(({ result }) => result)).toEqual(Array.from({ length: 6 }, () => 'ok'));
  });

  it(`of ${GRANTS} at once never more than the bound run at one time, and each runs once`, async () => {
    const brief = (command: string): string => `echo +${command} %IP% >> LOG; sleep 0.2; echo -${command} %IP% >> LOG`;
    await using knockgate = await listening({
      limits: `{ commands: ${AT_ONCE} }`,
      start: brief('start'),
      stop: brief('stop'),
    });
    await grant(GRANTS);
    await allEnded(knockgate, 'start', GRANTS);
    await redis.cli('FLUSHALL');
    await allEnded(knockgate, 'stop', GRANTS);
    const lines = await logged();
    expect(mostAtOnce(lines)).toBe(AT_ONCE);
    const wanted = Array.from({ length: GRANTS }, (_, i) =>
      ['start', 'stop'].flatMap((command) => ['+', '-'].map((mark) => `${mark}${command} 203.0.113.${i + 1}`)),
    );
    expect(lines.toSorted()).toEqual(wanted.flat().toSorted());
  });
});

function mostAtOnce(lines: readonly string[]): number {
  let running = 0;
  let most = 0;
  for (const line of lines) {
    running += line.startsWith('+') ? 1 : -1;
    most = Math.max(most, running);
  }
  return most;
}

/** Killed, whether or not its parent (init, perhaps a lazy one) has taken note of it. */
async function isGone(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return true;
  }
}
