import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Capture } from '../lab/capture.js';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { Nginx } from '../lab/nginx.js';
import { RedisServer } from '../lab/redis-server.js';
import { curl, nmapKnock, recipe, tempFile } from './recipe.fixture.js';

const PAGE = '<h1>Behind the door</h1>\n';
const TIMEOUT = 4; // seconds: cmd_timeout, shortened

describe('the recipe: knockd.conf, nmap as the knock, nginx behind it', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let nginx: Nginx;
  beforeAll(async () => {
    lab = await NetLab.create();
    redis = await RedisServer.start({ host: lab.server });
    nginx = await Nginx.start({ host: lab.server, page: PAGE, bigBytes: 1e9, bigRate: 1e5 });
  });
  afterAll(async () => {
    await redis.stop();
    await nginx.stop();
    await lab.stop();
  });

  const up = async (cmdTimeout: number): Promise<AsyncDisposable & { readonly knockgate: Knockgate }> => {
    const conf = await tempFile('knockd.conf', recipe(cmdTimeout));
    const args = ['up', '--knockd-conf', conf.path, '--upstream', nginx.url];
    const knockgate = await Knockgate.start(args, {
      host: lab.server,
      env: { REDIS_URL: redis.url },
      ready: /"ready: /,
    });
    return {
      knockgate,
      async [Symbol.asyncDispose]() {
        await knockgate.program.stop();
        await conf.remove();
        await redis.cli('FLUSHALL');
      },
    };
  };

  it.each([
    ['IPv4', (): string => lab.server.address, (): string => lab.host('client').address],
    ['IPv6', (): string => lab.server.address6, (): string => lab.host('client').address6],
  ])(
    '%s: closed; knocked, the page; nothing for the stranger; cut and closed again in time',
    async (_name, target, source) => {
      const [client, stranger] = [lab.host('client'), lab.host('stranger')];
      const host = target().includes(':') ? `[${target()}]` : target();
      const url = `http://${host}/`;
      await using door = await up(TIMEOUT);
      await using capture = await Capture.start(stranger, { filter: 'tcp' });

      expect((await curl(client, url)).code).not.toBe(0);
      await nmapKnock(client, target());
      const opened = await door.knockgate.waitForLog(/OPEN SESAME/);
      expect(opened.msg).toBe(`${source()}: HTTP: OPEN SESAME`);
      expect(opened).toMatchObject({ event: 'opened', ip: source(), door: 'HTTP', seconds: TIMEOUT });
      expect(await curl(client, url)).toEqual({ code: 0, body: PAGE });

      // as a person would look, from the machine itself
      const key = `knockgate:{HTTP}:grant:${source()}`;
      expect((await redis.cli('--scan', '--pattern', 'knockgate:{*}:grant:*')).split('\n')).toEqual([key]);
      expect(await redis.cli('HGET', key, 'ip')).toBe(source());
      expect(await redis.cli('HGET', key, 'method')).toBe('knock');
      expect(Number(await redis.cli('PTTL', key))).toBeLessThanOrEqual(TIMEOUT * 1000);

      expect((await curl(stranger, url)).code).not.toBe(0);

      // a download under way, and a connection kept alive: both end with the grant, and a reload is refused
      const download = client.run('curl', ['-sS', '-o', '/dev/null', `${url}big`]);
      expect((await download).code).not.toBe(0);
      await door.knockgate.waitForLog(/command timeout/);
      expect((await curl(client, url)).code).not.toBe(0);
      expect(await redis.cli('KEYS', 'knockgate:{*}:grant:*')).toBe('');
      const trail = await redis.cli('XRANGE', 'knockgate:{HTTP}:events', '-', '+');
      const events = [...trail.matchAll(/^event\n(\w+)$/gmu)].map(([, event]) => event);
      expect(events).toEqual(['stage', 'stage', 'stage', 'stage', 'opened', 'expired']);

      const toStranger = await capture.stop(`tcp and src host ${target()}`);
      expect(toStranger.packets).toBeGreaterThan(0); // it was answered: with a RST
      expect(toStranger.payloadBytes).toBe(0);
    },
  );

  it('cuts an idle keep-alive connection at cmd_timeout, and no request on it passes afterwards', async () => {
    await using door = await up(TIMEOUT);
    const key = 'knockgate:{HTTP}:grant:127.0.0.1';
    await redis.cli('SET', key, 'by hand', 'PX', '1500');
    const script = `
      const socket = require('node:net').connect(80, '127.0.0.1');
      socket.on('data', (data) => console.log(String(data).split('\\r\\n')[0]));
      socket.on('error', (error) => console.log(error.code));
      socket.on('close', () => console.log('closed'));
      socket.on('connect', () => socket.write('GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'));`;
    await using client = lab.server.spawn(process.execPath, ['-e', script]);
    await client.waitForLine(/^closed$/u);
    expect(client.lines[0]).toBe('HTTP/1.1 200 OK');
    expect(client.lines.slice(-2)).toEqual(['ECONNRESET', 'closed']);
    await door.knockgate.waitForLog(/127.0.0.1: HTTP: command timeout/);
  });

  it('keeps the door open for the 59 s of the recipe, and no longer', { timeout: 120_000 }, async () => {
    const client = lab.host('client');
    const url = `http://${lab.server.address}/`;
    await using door = await up(59);
    await nmapKnock(client, lab.server.address);
    const opened = await door.knockgate.waitForLog(/OPEN SESAME/);
    const held = await client.run('curl', ['-sS', '-o', '/dev/null', `${url}big`], {
      timeoutMs: 90_000,
    });
    expect(held.code).not.toBe(0); // 1 GB at 0.1 MB/s: only the grant's end ends it
    const closed = await door.knockgate.waitForLog(/command timeout/);
    const seconds = (Date.parse(String(closed['time'])) - Date.parse(String(opened['time']))) / 1000;
    expect(seconds).toBeGreaterThan(58.9);
    expect(seconds).toBeLessThan(60);
    expect((await curl(client, url)).code).not.toBe(0);
  });
});
