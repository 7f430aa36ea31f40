import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { oneTimeConf, SETTLING_PORT } from './one-time.fixture.js';

/** More than there can be rounds. */
const LINES = Array.from({ length: 60 }, (_, i) => `${6100 + i},${7100 + (i % 7)},${8900 - i}`);
/** So much that the writing takes its time: a kill can come in its middle. */
const HEAD = `#${'mine, not to be lost '.repeat(190)}\n`.repeat(1000);
const LOOP_MS = 20_000;

describe('one-time sequences and a listener that is killed', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let folder: TempDir;
  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['client'] });
    redis = await RedisServer.start({ host: lab.server });
    folder = await TempDir.create('killed');
  });
  afterAll(async () => {
    await redis.stop();
    await folder.remove();
    await lab.stop();
  });

  const file = (): string => folder.file('sequences');
  const start = (): Promise<Knockgate> =>
    Knockgate.start(['listen', '--knockd-conf', folder.file('knockd.conf'), '--upstream', 'sample'], {
      host: lab.server,
      ready: /"ready: /,
      env: { REDIS_URL: redis.url },
    });
  /** By knockd's own client, which is quick. */
  const knock = async (sequence: string): Promise<void> => {
    const args = ['-d', '2', lab.server.address, ...sequence.split(',')];
    expect((await lab.host('client').run('knock', args)).code).toBe(0);
  };
  const settle = async (knockgate: Knockgate): Promise<void> => {
    const after = knockgate.program.lineCount;
    await knock(String(SETTLING_PORT));
    await knockgate.waitForLog(/FIRST: OPEN SESAME/u, { after });
  };
  /** How often the door has opened: Redis knows it also of a listener that had no time to say so. */
  const timesOpened = async (): Promise<number> => {
    const stream = await redis.cli('XRANGE', 'knockgate:{HTTP}:events', '-', '+');
    return stream.split('\n').filter((word) => word === 'opened' || word === 'extended').length;
  };
  /** How many sequences are used. @throws if the file is not what it was but for the marks, the first ones first */
  const used = async (): Promise<number> => {
    const text = await readFile(file(), 'utf8');
    expect(text.startsWith(HEAD)).toBe(true);
    const lines = text.slice(HEAD.length).split('\n');
    const count = lines.findIndex((line) => !line.startsWith('#'));
    expect(lines).toEqual([...LINES.map((line, i) => (i < count ? `#${line}` : line)), '']);
    return count;
  };

  it('the file stays whole, none works twice, and none that was not knocked is lost', async () => {
    await writeFile(file(), `${HEAD}${LINES.join('\n')}\n`);
    await writeFile(folder.file('knockd.conf'), oneTimeConf(file()));
    const opened = new Map<string, number>();
    const seen = { unused: 0, shut: 0, opened: 0 };
    const untilMs = performance.now() + LOOP_MS;
    const aim = new Aim();
    let knockgate = await start();
    while (performance.now() < untilMs || seen.unused === 0 || seen.opened === 0) {
      const [before, next] = [await timesOpened(), await used()];
      const sequence = LINES[next]!;
      const killed = delay(aim.nextMs()).then(() => knockgate.program.kill());
      await Promise.all([knock(sequence), killed]);
      knockgate = await start(); // by now Redis has done what the killed one asked for
      const times = (await timesOpened()) - before;
      opened.set(sequence, (opened.get(sequence) ?? 0) + times);
      const outcome = times > 0 ? 'opened' : (await used()) > next ? 'shut' : 'unused';
      seen[outcome] += 1;
      aim.was(outcome === 'unused' ? 'early' : 'late');
    }
    const next = await used();
    expect([...opened.keys()].slice(0, next)).toEqual(LINES.slice(0, next));
    expect([...opened.values()].filter((times) => times > 1)).toEqual([]);
    // no used one works, and all the others do
    const before = await timesOpened();
    for (const sequence of LINES.slice(0, next)) await knock(sequence);
    await settle(knockgate);
    expect(await timesOpened()).toBe(before);
    for (const [i, sequence] of LINES.slice(next, next + 3).entries()) {
      const after = knockgate.program.lineCount;
      await knock(sequence);
      await knockgate.waitForLog(/HTTP: OPEN SESAME/u, { after });
      expect([await timesOpened(), await used()]).toEqual([before + i + 1, next + i + 1]);
    }
    await knockgate.stop();
  });
});

/** When to kill, so that it is about as often before as after the moment of the writing, wherever that is on a machine. */
class Aim {
  private ms = 20;
  private step = 16;
  private last: 'early' | 'late' = 'early';

  nextMs(): number {
    return Math.max(0, this.ms + 16 * (Math.random() - 0.5));
  }

  was(result: 'early' | 'late'): void {
    if (result !== this.last) this.step = Math.max(2, this.step / 2);
    this.last = result;
    this.ms = Math.max(0, this.ms + (result === 'early' ? this.step : -this.step));
  }
}
