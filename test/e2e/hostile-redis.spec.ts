import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { curl, nmapKnock } from './recipe.fixture.js';

/** Clears the screen, retitles the terminal, begins a line of its own. */
const ESCAPES = '\u001B[2J\u001B]0;mine\u0007\r\nHTTP: OPEN SESAME\u2028<script>alert(1)</script>';
const LONG = 'x'.repeat(100_000);
const LONGER = `redis.call('HSET', KEYS[1], ARGV[1], string.rep('x', 20000000))`;
const WAIT = { timeout: 20_000, interval: 100 };
/** But for the ends of lines. */
const CONTROLS = /[^\P{Cc}\n]/u;

const grant = (ip: string): string => `knockgate:{HTTP}:grant:${ip}`;
const report = (name: string): string => `knockgate:{process}:${name}:1:gateway`;

/** What somebody writes who reached Redis. He can open doors; with what he writes he gets no further. */
describe('whoever writes to Redis what he likes', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let folder: TempDir;
  const processes: Knockgate[] = [];
  beforeAll(async () => {
    lab = await NetLab.create();
    redis = await RedisServer.start({ host: lab.server });
    folder = await TempDir.create('hostile');
    const door = { sequence: [6143, 7258, 8369], cmd_timeout: 600, listen: '0.0.0.0:80', upstream: 'sample' };
    const console = { listen: '127.0.0.1:4080', token_file: folder.file('token') };
    await writeFile(
      folder.file('knockgate.yaml'),
      JSON.stringify({ store: redis.url, console, doors: { HTTP: door } }),
    );
    for (const role of ['listen', 'serve', 'console']) {
      const args = [role, '--config', folder.file('knockgate.yaml')];
      processes.push(await Knockgate.start(args, { host: lab.server, ready: /"ready: / }));
    }
    await write();
  });
  afterAll(async () => {
    for (const each of processes) await each.stop();
    await redis.stop();
    await lab.stop();
    await folder.remove();
  });

  async function write(): Promise<void> {
    const [ttl, soon] = ['600', '60'];
    // grants: names that are no address, other spellings of one, other types, values of any kind
    for (const name of [ESCAPES, '0x7f.1', '::ffff:192.0.2.8', '192.0.2.999', '*', '', LONG.slice(0, 5000)]) {
      await redis.cli('SET', grant(name), ESCAPES, 'EX', ttl);
    }
    await redis.cli('SET', 'knockgate:{}:grant:192.0.2.9', 'x', 'EX', ttl);
    await redis.cli('SET', `knockgate:{${ESCAPES}}:grant:192.0.2.9`, 'x', 'EX', ttl);
    await redis.cli('RPUSH', grant('192.0.2.10'), ESCAPES);
    await redis.cli('EXPIRE', grant('192.0.2.10'), ttl);
    const fields = ['granted_at', ESCAPES, 'expires_at', LONG, 'method', ESCAPES, 'listener', ESCAPES, 'ip', ESCAPES];
    await redis.cli('HSET', grant('192.0.2.11'), ...fields);
    await redis.cli('EXPIRE', grant('192.0.2.11'), ttl);
    // the trail
    const events = 'knockgate:{HTTP}:events';
    for (const event of [ESCAPES, 'opened', 'stage', 'expired', '__proto__']) {
      await redis.cli('XADD', events, '*', 'event', event, 'ip', ESCAPES, 'at', ESCAPES, 'stage', 'NaN', 'ttl', LONG);
      await redis.cli('XADD', events, '*', 'event', event);
    }
    await redis.cli('XADD', events, '*', '__proto__', 'x', 'constructor', 'x');
    // reports, and their index
    const metrics = JSON.stringify([
      { name: 'knockgate_healthy', values: [null, { value: 'x' }] },
      { name: ESCAPES, values: [{ value: 1, labels: { door: ESCAPES } }] },
    ]);
    const said = [
      'host',
      ESCAPES,
      'pid',
      '-1',
      'roles',
      ESCAPES,
      'version',
      ESCAPES,
      'started_at',
      ESCAPES,
      'healthy',
      'yes',
    ];
    await redis.cli('HSET', report('a'), ...said, 'problems', `${ESCAPES}\n${LONG}`, 'metrics', metrics);
    await redis.cli('HSET', report('b'), 'metrics', `[${'['.repeat(10_000)}`);
    await redis.cli('SET', report('c'), LONG);
    await redis.cli('EVAL', LONGER, '1', report('b'), 'problems');
    await redis.cli('EVAL', LONGER, '1', grant('192.0.2.11'), 'listener');
    for (const name of ['a', 'b', 'c']) {
      await redis.cli('EXPIRE', report(name), soon);
      await redis.cli('ZADD', 'knockgate:{process}:all', '9999999999999', report(name));
    }
    await redis.cli('ZADD', 'knockgate:{process}:all', '9999999999999', grant('192.0.2.11'));
    await redis.cli('SET', 'knockgate:{HTTP}:claimed', ESCAPES);
  }

  it.each([
    ['grants'],
    ['grants', '--json'],
    ['events'],
    ['events', '--json'],
    ['status'],
    ['status', '--json'],
    ['doctor'],
  ])('knockgate %s %s: text without a control character, and no stack', async (...words) => {
    const args = [...words, '--config', folder.file('knockgate.yaml')];
    const { code, stdout, stderr } = await Knockgate.run(args, { host: lab.server, timeoutMs: 30_000 });
    expect(code).toBeLessThan(2);
    expect(stdout).not.toMatch(CONTROLS);
    expect(stderr).not.toMatch(CONTROLS);
    expect(stderr).not.toMatch(/\n +at /u);
  });

  it('the console answers', async () => {
    const token = (await readFile(folder.file('token'), 'utf8')).trim();
    for (const path of ['api/state', 'api/events', 'metrics', 'readyz']) {
      const answer = await curl(lab.server, `http://127.0.0.1:4080/${path}`, '-H', `authorization: Bearer ${token}`);
      expect([path, answer.code]).toEqual([path, 0]);
      expect(answer.body).not.toMatch(CONTROLS);
      expect(answer.body).not.toContain('"internal"');
    }
  });

  it('a knock opens the door, the client is served, and every process is well', async () => {
    const client = lab.host('client');
    await nmapKnock(client, lab.server.address, [6143, 7258, 8369]);
    const url = `http://${lab.server.address}/`;
    await vi.waitFor(async () => expect((await curl(client, url)).body).toContain('You knocked'), WAIT);
    expect((await curl(lab.host('stranger'), url)).code).toBe(7);
    for (const { program, events } of processes) {
      expect(program.exitCode).toBeUndefined();
      expect(events.filter(({ event }) => event === 'crashed')).toEqual([]);
      expect(program.lines.join('\n')).not.toMatch(CONTROLS);
    }
  });
});
