import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustRun } from '../lab/run.js';
import { NetLab } from '../lab/netlab.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { grant, grantKey, Served } from './hiding.fixture.js';
import { Crowd, type Manner } from './overload.fixture.js';
import { curl } from './recipe.fixture.js';

const MIB = 1024 * 1024;
/** limits.connections_per_ip */
const PER_IP = 256;
const UPSTREAM = `require('node:http').createServer((request, response) => {
  request.resume().on('end', () => response.end('hello'));
}).listen(8081, '127.0.0.1', () => console.log('listening'));`;

let lab: NetLab;
let redis: RedisServer;
let upstream: Program;

beforeAll(async () => {
  lab = await NetLab.create({ clients: ['client', 'crowd', 'stranger'] });
  redis = await RedisServer.start({ host: lab.server });
  upstream = lab.server.spawn(process.execPath, ['-e', UPSTREAM]);
  await upstream.waitForLine(/listening/u);
});
afterAll(async () => {
  await upstream.stop();
  await redis.stop();
  await lab.stop();
});

async function serve(headerTimeout: string): Promise<Served> {
  const served = await Served.start(
    `
store: ${redis.url}
limits: { header_timeout: ${headerTimeout} }
doors:
  HTTP: { sequence: '6000,7000', listen: '0.0.0.0:80', upstream: 'http://127.0.0.1:8081', hide: reset }
`,
    { host: lab.server },
  );
  for (const who of ['client', 'crowd']) await letIn(who);
  return served;
}

async function letIn(who: string): Promise<void> {
  await grant(redis, 'HTTP', lab.host(who).address);
  while ((await page(who)) !== 'hello');
}

async function page(who: string): Promise<string> {
  return (await curl(lab.host(who), `http://${lab.server.address}/`)).body;
}

/** Resident, in bytes. */
async function memory({ pid }: Served): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/mu.exec(status)![1]) * 1024;
}

/** Somebody else's requests, each on a connection of its own. */
async function expectServed(): Promise<void> {
  for (let i = 0; i < 5; i += 1) {
    expect(await page('client')).toBe('hello');
  }
}

function gather(who: 'crowd' | 'stranger', count: number, manner: Manner, from: readonly string[] = []): Crowd {
  return Crowd.gather(lab.host(who), { at: lab.server.address, port: 80, count, manner, from });
}

describe('others are served, and memory is bounded, while one with a grant has as many connections as he may, and', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve('2s');
  });
  afterAll(() => served[Symbol.asyncDispose]());

  it.each<[Manner, number]>([
    ['is silent', PER_IP],
    ['sends a header line by line', PER_IP],
    ['sends empty lines', PER_IP],
    ['sends an endless field', PER_IP],
    ['sends endless fields', PER_IP],
    ['sends an endless path', PER_IP],
    ['sends an endless chunk extension', PER_IP],
    ['sends endless trailers', PER_IP],
    ['pipelines without end', PER_IP],
  ])('%s: his connections end', async (manner, count) => {
    const before = await memory(served);
    await using crowd = gather('crowd', count, manner);
    await crowd.until(({ open }) => open === count);
    await expectServed();
    await crowd.until(({ ended }) => ended === count);
    expect((await memory(served)) - before).toBeLessThan(200 * MIB);
    await expectServed();
  });

  it.each<Manner>(['sends a body byte by byte', 'sends chunks byte by byte', 'reads nothing'])(
    '%s: his connections end with his grant',
    async (manner) => {
      const { address } = lab.host('crowd');
      const before = await memory(served);
      await using crowd = gather('crowd', PER_IP, manner);
      await crowd.until(({ open }) => open === PER_IP);
      await expectServed();
      expect((await memory(served)) - before).toBeLessThan(200 * MIB);
      await redis.cli('DEL', grantKey('HTTP', address));
      await crowd.until(({ ended }) => ended === PER_IP);
      await expectServed();
      await letIn('crowd');
    },
  );
});

describe('10,000 connections that do nothing', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve('120s');
  });
  afterAll(() => served[Symbol.asyncDispose]());

  it('of a stranger: they end at once, without a byte', { timeout: 120_000 }, async () => {
    const before = await memory(served);
    await using crowd = gather('stranger', 10_000, 'sends a header line by line');
    await expectServed();
    const { bytes } = await crowd.until(({ ended }) => ended === 10_000, 100_000);
    expect(bytes).toBe(0);
    expect((await memory(served)) - before).toBeLessThan(100 * MIB);
    await expectServed();
  });

  it('of many with a grant: as many as each may have, and others come in', { timeout: 180_000 }, async () => {
    const addresses = Array.from({ length: 39 }, (_, i) => `10.77.0.${200 + i}`);
    const { netns, interface: link } = lab.host('crowd');
    const commands = addresses.map((address) => `addr add ${address}/24 dev ${link}`);
    await mustRun('ip', ['-n', netns!, '-batch', '-'], { input: `${commands.join('\n')}\n` });
    for (const address of addresses) await grant(redis, 'HTTP', address);
    const before = await memory(served);
    const most = addresses.length * PER_IP;
    await using crowd = gather('crowd', 10_000, 'is silent', addresses);
    const { ended } = await crowd.until(({ open }) => open === 10_000, 100_000);
    expect(ended).toBeLessThanOrEqual(10_000 - most + 200);
    await expectServed();
    expect((await memory(served)) - before).toBeLessThan(400 * MIB);
    // header_timeout would end them as well
    for (const address of addresses) await redis.cli('DEL', grantKey('HTTP', address));
    await crowd.until((counted) => counted.ended === 10_000, 100_000);
    await expectServed();
  });
});
