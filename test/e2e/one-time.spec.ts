import { readFile, rename, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { oneTimeConf, SETTLING_PORT } from './one-time.fixture.js';
import { nmapKnock } from './recipe.fixture.js';

const SEQUENCES = '# mine\n6100,7100\n6200,7200\n6300,7300\n';
const DONE = '# mine\n#6100,7100\n#6200,7200\n#6300,7300\n';

describe('one-time sequences', () => {
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
    folder = await TempDir.create('once');
  });
  afterEach(async () => {
    await redis.cli('FLUSHALL');
    await folder.remove();
  });

  const client = () => lab.host('client');
  const knock = (...ports: number[]): Promise<void> => nmapKnock(client(), lab.server.address, ports);
  /** A listener with a file of sequences of its own; FIRST is a door to tell by that all before it was judged. */
  const start = async (name: string, text = SEQUENCES): Promise<Knockgate> => {
    const conf = folder.file(`${name}.conf`);
    await writeFile(folder.file(name), text);
    await writeFile(conf, oneTimeConf(folder.file(name)));
    return Knockgate.start(['listen', '--knockd-conf', conf, '--upstream', 'sample'], {
      host: lab.server,
      ready: /"ready: /,
      env: { REDIS_URL: redis.url },
    });
  };
  const settled = async (knockgate: Knockgate): Promise<void> => {
    const after = knockgate.program.lineCount;
    await knock(SETTLING_PORT);
    await knockgate.waitForLog(/FIRST: OPEN SESAME/u, { after });
  };
  const opened = (knockgate: Knockgate) =>
    knockgate.events.filter(({ event, door }) => (event === 'opened' || event === 'extended') && door === 'HTTP');
  const textOf = (name: string): Promise<string> => readFile(folder.file(name), 'utf8');

  it('each opens once, in order, across a restart; the last one shuts the door for good', async () => {
    let knockgate = await start('a');
    await knock(6100);
    await settled(knockgate); // half a knock uses nothing up
    expect(await textOf('a')).toBe(SEQUENCES);
    await knock(6100, 7100);
    await knockgate.waitForLog(/HTTP: OPEN SESAME/u);
    expect(await textOf('a')).toBe(SEQUENCES.replace('6100', '#6100'));
    await knockgate.program.kill();
    knockgate = await start('a', await textOf('a'));
    await knock(6100, 7100);
    await settled(knockgate);
    expect(opened(knockgate)).toEqual([]);
    await knock(6200, 7200, 6300, 7300);
    await knockgate.waitForLog(/HTTP: no more sequences left/u);
    await vi.waitFor(() => expect(opened(knockgate)).toHaveLength(2), { timeout: 10_000 });
    expect(await textOf('a')).toBe(DONE);
    await knock(6300, 7300);
    await settled(knockgate);
    expect(opened(knockgate)).toHaveLength(2);
    await knockgate.stop();
  });

  it('what one listener has used works at no other on the same Redis', async () => {
    const first = await start('a');
    await knock(6100, 7100);
    await first.waitForLog(/HTTP: OPEN SESAME/u);
    await first.stop();
    const second = await start('b');
    // it has asked Redis, and moved on
    await vi.waitFor(async () => expect(await textOf('b')).toBe(SEQUENCES.replace('6100', '#6100')), {
      timeout: 10_000,
    });
    await knock(6100, 7100);
    await settled(second);
    expect(opened(second)).toEqual([]);
    await knock(6200, 7200);
    await second.waitForLog(/HTTP: OPEN SESAME/u);
    await second.stop();
  });

  it('two that hear the same knock open once', async () => {
    const both = [await start('a'), await start('b')];
    await knock(6100, 7100);
    await vi.waitFor(
      () => {
        const said = both.flatMap(({ events }) => events.map(({ event }) => event));
        expect(said.filter((event) => event === 'opened')).toHaveLength(1);
        expect(said.filter((event) => event === 'sequence_used')).toHaveLength(1);
      },
      { timeout: 10_000 },
    );
    for (const knockgate of both) await knockgate.stop();
  });

  it('one that cannot be disabled in its file opens nothing', async () => {
    const knockgate = await start('a');
    await rename(folder.file('a'), folder.file('gone'));
    await knock(6100, 7100);
    await knockgate.waitForLog(/HTTP: knocked, but the used sequence cannot be disabled in its file: ENOENT/u);
    await settled(knockgate);
    expect(opened(knockgate)).toEqual([]);
    await knockgate.stop();
  });
});
