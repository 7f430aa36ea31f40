import { spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import type { GrantKey } from '#grants';
import { NO_LOAD } from '#telemetry';
import type { FromWorker } from './worker-message.js';
import { WorkerProcess } from './worker-process.js';

const figures = { door: 'HTTP', allowed: 4, denied: 1, connections: 3, open: 3, bytesIn: 5, bytesOut: 6 };
const report: FromWorker = {
  kind: 'report',
  fresh: false,
  doors: [figures],
  load: NO_LOAD,
};
/** Reports once for each message that it gets, and whatever happens ends by a signal only. */
const CHILD = `
  process.on('message', () => process.send(${JSON.stringify(report)}));
  process.send(${JSON.stringify(report)});`;

describe('WorkerProcess', () => {
  let worker: WorkerProcess | undefined;
  let wishes: GrantKey[] = [];
  const revoke = (key: GrantKey): Promise<boolean> => {
    wishes.push(key);
    return Promise.resolve(key.ip === '203.0.113.7');
  };
  afterEach(async () => {
    worker?.kill();
    await worker?.ended;
    wishes = [];
  });

  const start = async (code = CHILD): Promise<WorkerProcess> => {
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const started = (worker = new WorkerProcess(child, revoke));
    await expect.poll(() => started.figures, { timeout: 10_000 }).toEqual([figures]);
    return started;
  };

  it('ends one that has not reported for 30 looks', async () => {
    const hung = await start();
    for (let second = 0; second < 31; second += 1) hung.look();
    expect(await hung.ended).toBe('not a word in 30 s');
  });

  it('lets one live that reports now and then', async () => {
    const slow = await start();
    slow.joined = true;
    for (let second = 0; second < 30; second += 1) slow.look();
    expect(slow.stale).toBe(false); // nobody knows
    slow.tell({ kind: 'reopenLog' });
    await expect.poll(() => slow.stale, { timeout: 10_000 }).toBe(true);
    for (let second = 0; second < 30; second += 1) slow.look();
    slow.kill();
    expect(await slow.ended).toBe('SIGKILL');
  });

  it('answers a question of one that has ended', async () => {
    const gone = await start();
    const answer = gone.ask({ kind: 'cutAll', door: undefined });
    gone.kill('was not needed');
    expect(await gone.ended).toBe('was not needed');
    expect(await answer).toBeUndefined();
    expect(await gone.ask({ kind: 'cutAll', door: undefined })).toBeUndefined();
  });

  it("heeds a client's wish to end its grant, and says what became of it", async () => {
    const asking = [
      { kind: 'revoke', request: 1, key: { door: 'HTTP', ip: '203.0.113.7', ttlMs: 1e9 } },
      { kind: 'revoke', request: 2, key: { door: 'HTTP', ip: '203.0.113.8' } },
    ];
    const ends = { kind: 'crashed', reason: '' };
    const told = await start(`
      const heard = [];
      process.on('message', ({ message }) => {
        heard.push([message.request, message.done]);
        if (heard.length === 2) process.send({ ...${JSON.stringify(ends)}, reason: JSON.stringify(heard) }, () => process.exit());
      });
      for (const message of ${JSON.stringify([report, ...asking])}) process.send(message);`);
    expect(JSON.parse(await told.ended)).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(wishes).toEqual([
      { door: 'HTTP', ip: '203.0.113.7' },
      { door: 'HTTP', ip: '203.0.113.8' },
    ]);
  });

  it('heeds no wish that is none', async () => {
    const nonsense = [null, 1, {}, { door: 'HTTP' }, { door: 'HTTP', ip: 7 }, { door: ['HTTP'], ip: '203.0.113.7' }];
    const ends: FromWorker = { kind: 'crashed', reason: 'has said all' };
    const odd = await start(`
      process.send(${JSON.stringify(report)});
      for (const key of ${JSON.stringify(nonsense)}) process.send({ kind: 'revoke', request: 1, key });
      process.send({ kind: 'revoke', request: 'x', key: { door: 'HTTP', ip: '203.0.113.7' } });
      process.send(${JSON.stringify(ends)}, () => process.exit());`);
    expect(await odd.ended).toBe('has said all');
    expect(wishes).toEqual([]);
  });

  it('heeds 64 wishes at a time, whatever it is sent', async () => {
    let answer: (done: boolean) => void = () => {};
    const child = spawn(
      process.execPath,
      [
        '-e',
        `for (let request = 1; request <= 100; request += 1)
          process.send({ kind: 'revoke', request, key: { door: 'HTTP', ip: String(request) } });
        process.send(${JSON.stringify(report)});
        process.on('message', () => {});`,
      ],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    const answered = new Promise<boolean>((resolve) => (answer = resolve));
    const flood = (worker = new WorkerProcess(child, (key) => {
      wishes.push(key);
      return answered;
    }));
    await expect.poll(() => flood.figures, { timeout: 10_000 }).toEqual([figures]); // said last
    expect(wishes).toHaveLength(64);
    answer(true);
  });
});
