import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { becomes, attempt, grant, Served, TIMEOUT } from '../e2e/hiding.fixture.js';
import { curl, nmapKnock, tempFile } from '../e2e/recipe.fixture.js';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { SmallDisk } from '../lab/small-disk.js';

const SIZE = 64 * 1024;
const SEQUENCES = '6100,7100\n6200,7200\n6300,7300\n';

describe('a disk that is full', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let disk: SmallDisk;
  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['client'] });
    redis = await RedisServer.start({ host: lab.server });
  });
  afterAll(async () => {
    await redis.stop();
    await lab.stop();
  });
  beforeEach(async () => {
    disk = await SmallDisk.create(SIZE);
  });
  afterEach(async () => {
    await redis.cli('FLUSHALL');
    await disk[Symbol.asyncDispose]();
  });

  const client = () => lab.host('client');
  const page = async (path = ''): Promise<string> =>
    (await curl(client(), `http://${lab.server.address}/${path}`)).body;
  const knock = (...ports: number[]): Promise<void> => nmapKnock(client(), lab.server.address, ports);
  const config = (top: string, door = ''): string => `
store: ${redis.url}
log_level: debug
${top}
doors: { HTTP: { sequence: '6000,7000', listen: '0.0.0.0:80', upstream: sample${door} } }
`;

  it.each(['', 'workers: 2'])(
    'standard output is a file on it: served all the same, and logged again when there is room %s',
    async (top) => {
      const log = disk.file('log');
      const written = await tempFile('knockgate.yaml', config(top));
      await using program = lab.server.spawn('sh', [
        '-c',
        `exec "$@" >> ${log} 2>&1`,
        'sh',
        ...Knockgate.command(['serve', '--config', written.path]),
      ]);
      await expect.poll(() => readFile(log, 'utf8').catch(() => ''), { timeout: 20_000 }).toContain('"ready: ');
      await grant(redis, 'HTTP', client().address);
      await becomes('connected', () => attempt(client(), lab.server.address, 80));
      await disk.fill();
      for (let i = 0; i < 20; i += 1) expect(await page()).toContain('You knocked');
      expect(program.exitCode).toBeUndefined();
      await disk.free();
      const seen = async (): Promise<string> => {
        await page('again');
        return readFile(log, 'utf8');
      };
      await expect.poll(seen, { timeout: 20_000 }).toContain('GET /again');
      await written.remove();
    },
  );

  it('logfile is on it: said once, and logged again when there is room', async () => {
    await using served = await Served.start(config(`logfile: ${disk.file('log')}`), { host: lab.server });
    await grant(redis, 'HTTP', client().address);
    await becomes('connected', () => attempt(client(), lab.server.address, 80));
    await disk.fill();
    for (let i = 0; i < 100; i += 1) expect(await page()).toContain('You knocked');
    await served.knockgate.waitForLog(({ event }) => event === 'log_file_failed', TIMEOUT);
    await disk.free();
    expect(await page('again')).not.toBe('');
    await expect.poll(() => readFile(disk.file('log'), 'utf8'), { timeout: 10_000 }).toContain('GET /again');
    expect(served.knockgate.events.filter(({ event }) => event === 'log_file_failed')).toHaveLength(1);
  });

  it('one-time sequences are on it: a knock opens nothing and is used up; the next opens when there is room', async () => {
    const file = disk.file('sequences');
    await writeFile(file, SEQUENCES);
    const written = await tempFile(
      'knockgate.yaml',
      config('', `, one_time_sequences: ${file}`).replace(`sequence: '6000,7000', `, ''),
    );
    await using listener = await Knockgate.start(['listen', '--config', written.path], {
      host: lab.server,
      ready: /"ready: /u,
    });
    await disk.fill();
    await knock(6100, 7100);
    await listener.waitForLog(({ event }) => event === 'sequence_file_failed', TIMEOUT);
    expect(await redis.cli('KEYS', '*grant*')).toBe('');
    expect(await readFile(file, 'utf8')).toBe(SEQUENCES); // whole
    await disk.free();
    await knock(6100, 7100, 6200, 7200);
    await listener.waitForLog(/OPEN SESAME/u);
    expect(listener.events.filter(({ event }) => event === 'opened' || event === 'extended')).toHaveLength(1);
    expect(await readFile(file, 'utf8')).toBe(SEQUENCES.replace('6100', '#6100').replace('6200', '#6200'));
    await written.remove();
  });

  it('the journal of commands is on it: no command is begun that could not be ended; the page is served', async () => {
    const log = `${disk.path}-ran`;
    const commands = `, start_command: 'echo start >> ${log}', stop_command: 'echo stop >> ${log}'`;
    const written = await tempFile('knockgate.yaml', config('run_commands: true', commands));
    await writeFile(log, '');
    const start = () =>
      Knockgate.start(['listen', '--config', written.path], {
        host: lab.server,
        ready: /"ready: /u,
        env: { STATE_DIRECTORY: disk.file('state') },
      });
    await using listener = await start();
    await disk.fill();
    await knock(6000, 7000);
    await listener.waitForLog(({ event }) => event === 'command_journal_failed', TIMEOUT);
    await redis.cli('FLUSHALL');
    await disk.free();
    await knock(6000, 7000);
    await expect.poll(() => readFile(log, 'utf8'), { timeout: 10_000 }).toBe('start\n');
    await disk.fill();
    await redis.cli('FLUSHALL');
    await expect.poll(() => readFile(log, 'utf8'), { timeout: 10_000 }).toBe('start\nstop\n');
    await written.remove();
  });
});
