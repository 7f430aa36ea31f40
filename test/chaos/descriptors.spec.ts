import { readdir, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attempt, becomes, grant, grantKey, Served, TIMEOUT } from '../e2e/hiding.fixture.js';
import { curl, nmapKnock, tempFile } from '../e2e/recipe.fixture.js';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { mustRun } from '../lab/run.js';

/** Descriptors that are left. */
const FREE = 20;
const CONNECTIONS = 60;
/** Holds connections without a request, and makes each that ends anew. */
const CROWD = `
  const [host, port, count] = process.argv.slice(1);
  let open = 0, ends = 0, bytes = 0;
  const next = () => {
    const socket = require('node:net').connect({ host, port: Number(port) });
    socket.on('connect', () => { open += 1; });
    socket.on('error', () => {}).on('close', () => { ends += 1; setTimeout(next, 50); })
      .on('data', (data) => { bytes += data.length; });
  };
  for (let i = 0; i < Number(count); i += 1) next();
  setInterval(() => console.log(JSON.stringify({ open, ends, bytes })), 100);`;

describe('a process without free descriptors (EMFILE)', () => {
  let lab: NetLab;
  let redis: RedisServer;
  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['client', 'crowd', 'stranger'] });
    redis = await RedisServer.start({ host: lab.server });
  });
  afterAll(async () => {
    await redis.stop();
    await lab.stop();
  });
  afterEach(async () => {
    await redis.cli('FLUSHALL');
  });

  const page = async (): Promise<string> =>
    (await curl(lab.host('client'), `http://${lab.server.address}/`, '--max-time', '2')).body;
  const letIn = async (name: string): Promise<void> => {
    await grant(redis, 'HTTP', lab.host(name).address);
    await becomes('connected', () => attempt(lab.host(name), lab.server.address, 80));
  };

  it.each([
    ['closed', 'crowd'],
    ['reset', 'crowd'],
    ['reset', 'stranger'],
  ])('a gateway, hide: %s, by connections of a %s: grants end in time, and it serves again', async (hide, who) => {
    const door = `{ sequence: '6000,7000', listen: '0.0.0.0:80', upstream: sample, hide: ${hide} }`;
    await using served = await Served.start(`store: ${redis.url}\ndoors: { HTTP: ${door} }\n`, { host: lab.server });
    for (const name of ['client', 'crowd']) await letIn(name);
    await limit(served.pid, FREE);
    const crowd: Program = lab
      .host(who)
      .spawn(process.execPath, ['-e', CROWD, lab.server.address, '80', String(CONNECTIONS)]);
    await crowd.waitFor((line) => Number(/"open":(\d+)/u.exec(line)?.[1]) >= CONNECTIONS || undefined, 'all', {
      timeoutMs: 20_000,
    });
    await redis.cli('PEXPIRE', grantKey('HTTP', lab.host('crowd').address), '500');
    await served.knockgate.waitForLog(
      ({ event, ip }) => event === 'expired' && ip === lab.host('crowd').address,
      TIMEOUT,
    );
    if (who === 'stranger') await crowd.stop('SIGKILL');
    await expect.poll(page, { timeout: 20_000 }).toContain('You knocked');
    await crowd.stop('SIGKILL');
    expect(crowd.lines.at(-1)).toContain('"bytes":0}');
    expect(served.knockgate.program.exitCode).toBeUndefined();
  });

  it('a listener: knocks open, and it loses neither its way to Redis nor its life', async () => {
    const door = `{ sequence: '6000,7000', listen: '0.0.0.0:80', upstream: sample }`;
    const config = await tempFile('knockgate.yaml', `store: ${redis.url}\ndoors: { HTTP: ${door} }\n`);
    await using listener = await Knockgate.start(['listen', '--config', config.path], {
      host: lab.server,
      ready: /"ready: /u,
    });
    await limit(listener.program.pid, 0);
    await delay(6000); // each 5 s it looks at what this host serves
    await nmapKnock(lab.host('client'), lab.server.address, [6000, 7000]);
    await listener.waitForLog(/OPEN SESAME/u);
    await redis.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    const again = async (): Promise<number> => {
      await nmapKnock(lab.host('stranger'), lab.server.address, [6000, 7000]);
      return Number(await redis.cli('EXISTS', grantKey('HTTP', lab.host('stranger').address)));
    };
    await expect.poll(again, { timeout: 20_000 }).toBe(1);
    await config.remove();
  });
});

/** Leaves it so many numbers below the limit; those above it that it has stay open. */
async function limit(pid: number, free: number): Promise<void> {
  const open = new Set((await readdir(`/proc/${pid}/fd`)).map(Number));
  let most = 0;
  for (let left = free; left > 0 || open.has(most); most += 1) if (!open.has(most)) left -= 1;
  const { uid, gid } = await stat(`/proc/${pid}`);
  // as its own user: a container has no right to the limits of others
  const as = uid === 0 ? [] : [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  await mustRun('setpriv', [...as, 'prlimit', `--pid=${pid}`, `--nofile=${most}:`]);
}
