import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../lab/free-port.js';
import { Knockgate } from '../lab/knockgate.js';
import { type Child, launch } from '../lab/launch.js';
import { RedisServer } from '../lab/redis-server.js';
import { mustRun } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';

const LOST = /(?<count>\d+) lines? of this log lost: (?<reason>[^"]+)/u;
const WAIT = { timeout: 20_000, interval: 50 };
/** Their lines are more than a pipe, what a gateway holds for a reader, and what this process reads ahead take together. */
const LONG = { path: `/${'x'.repeat(4000)}`, count: 600 } as const;

/** Whatever becomes of who reads the log, the door is served, and says what was lost. */
describe('the log on standard output', () => {
  let redis: RedisServer;
  let folder: TempDir;
  let port: number;
  beforeAll(async () => {
    redis = await RedisServer.start();
    folder = await TempDir.create('log-output');
  });
  afterAll(async () => {
    await redis.stop();
    await folder.remove();
  });
  const configure = async (workers = 1): Promise<void> => {
    port = await freePort();
    const door = { sequence: [7000, 8000], listen: `127.0.0.1:${port}`, hide: 'reset', upstream: 'sample' };
    await writeFile(
      folder.file('knockgate.yaml'),
      JSON.stringify({ store: redis.url, workers, doors: { HTTP: door } }),
    );
    await redis.cli('SET', 'knockgate:{HTTP}:grant:127.0.0.1', 'by hand', 'EX', '600');
  };
  beforeEach(() => configure());

  const command = () => Knockgate.command(['serve', '--config', folder.file('knockgate.yaml')]);
  const agent = new Agent({ keepAlive: true });
  const page = async (path = '/'): Promise<number | undefined> => {
    const request = get({ port, host: '127.0.0.1', path, agent });
    const [answer] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode;
  };
  const served = () => vi.waitFor(async () => expect(await page()).toBe(200), WAIT);
  const problems = () => Knockgate.run(['status', '--config', folder.file('knockgate.yaml')]);
  const start = (): Child & AsyncDisposable => {
    const [node, ...words] = command();
    const child = launch(node, words);
    const stop = async (): Promise<void> => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    };
    return Object.assign(child, { [Symbol.asyncDispose]: stop });
  };

  it('a reader that stands still: all is served, and what was lost is said once it reads', async () => {
    await using gateway = start(); // nobody reads its pipe yet
    await served();
    for (let i = 0; i < LONG.count; i += 1) expect(await page(LONG.path)).toBe(200);
    const losing = /log: standard output: whoever reads it is too slow; \d+ lines lost so far/u;
    await vi.waitFor(async () => expect((await problems()).stdout).toMatch(losing), WAIT);
    let text = '';
    gateway.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await vi.waitFor(() => expect(text).toMatch(LOST), WAIT);
    const lost = Number(LOST.exec(text)!.groups!['count']);
    await vi.waitFor(async () => expect((await problems()).stdout).not.toMatch(losing), WAIT);
    const said = text.split('\n').filter((line) => line.includes('"event":"request"'));
    expect(said.length + lost).toBeGreaterThanOrEqual(LONG.count);
    for (const line of text.trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it('a reader that stands still, of the log of workers', async () => {
    await configure(2);
    await using gateway = start();
    await served();
    for (let i = 0; i < LONG.count; i += 1) expect(await page(LONG.path)).toBe(200);
    let text = '';
    gateway.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await vi.waitFor(() => expect(text).toMatch(LOST), WAIT);
    expect(await page()).toBe(200);
  });

  it('a reader that goes: the process stays, and status says so', async () => {
    await using gateway = start();
    gateway.stdout.once('data', () => gateway.stdout.destroy());
    await served();
    await served();
    await vi.waitFor(async () => {
      expect((await problems()).stdout).toMatch(/log: standard output: EPIPE; \d+ lines? lost so far/u);
    }, WAIT);
    expect(gateway.exitCode).toBeNull();
    expect(await page()).toBe(200);
  });

  it('a full disk: all is served, and the log goes on when there is room again', async () => {
    const small = folder.file('small');
    await mustRun('mkdir', [small]);
    await mustRun('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'knockgate-test', small]);
    const log = `${small}/log`;
    await using _ = { [Symbol.asyncDispose]: async () => void (await mustRun('umount', [small])) };
    await writeFile(`${small}/other`, Buffer.alloc(40 * 1024));
    const redirected = ['-c', 'exec "$@" >>"$0"', log, ...command()];
    const child = launch('sh', redirected);
    const ended = once(child, 'exit');
    try {
      await served();
      for (let i = 0; i < 300; i += 1) expect(await page()).toBe(200);
      await vi.waitFor(async () => {
        expect((await problems()).stdout).toMatch(/log: standard output: ENOSPC; \d+ lines lost so far/u);
      }, WAIT);
      await rm(`${small}/other`);
      await served();
      await vi.waitFor(async () => expect(await readFile(log, 'utf8')).toMatch(LOST), WAIT);
      expect(LOST.exec(await readFile(log, 'utf8'))!.groups!['reason']).toBe('ENOSPC');
      await vi.waitFor(async () => expect((await problems()).stdout).not.toMatch(/standard output/u), WAIT);
    } finally {
      child.kill();
      await ended;
    }
  });
});
