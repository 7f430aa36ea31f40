import { spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import type { FromWorker } from './worker-message.js';
import { WorkerProcess } from './worker-process.js';

const figures = { door: 'HTTP', allowed: 4, denied: 1, connections: 3, open: 3, bytesIn: 5, bytesOut: 6 };
const report: FromWorker = {
  kind: 'report',
  fresh: false,
  doors: [figures],
  residentBytes: 1,
  loopDelaySeconds: 0,
};
/** Reports once for each message that it gets, and whatever happens ends by a signal only. */
const CHILD = `
  process.on('message', () => process.send(${JSON.stringify(report)}));
  process.send(${JSON.stringify(report)});`;

describe('WorkerProcess', () => {
  let worker: WorkerProcess | undefined;
  afterEach(async () => {
    worker?.kill();
    await worker?.ended;
  });

  const start = async (): Promise<WorkerProcess> => {
    const child = spawn(process.execPath, ['-e', CHILD], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const started = (worker = new WorkerProcess(child));
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
});
