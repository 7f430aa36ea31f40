import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveAddresses, giveAddresses6 } from '../give-addresses.js';
import { Knockgate } from '../knockgate.js';
import { NetLab } from '../netlab.js';
import { Nginx } from '../nginx.js';
import { RedisServer } from '../redis-server.js';
import { TempDir } from '../temp-dir.js';
import { type ClientsOptions, startClients, trafficFile } from './clients.js';
import { EchoUpstream } from './echo-upstream.js';
import { startStrangers } from './strangers.js';
import type { TrafficDoor } from './traffic-door.js';
import type { Revocable, TrafficProgram } from './traffic-program.js';

const OPEN_MS = 4000;
const PAGE = '<h1>The hidden page</h1>\n';
const DOWNLOAD = randomBytes(300_000);
const FILES = [trafficFile('/', Buffer.from(PAGE)), trafficFile('/download', DOWNLOAD)] as const;
const DOORS: readonly TrafficDoor[] = [
  { name: 'PAGE', kind: 'pages', port: 80, sequence: [7341, 6120, 9853], openMs: OPEN_MS },
  { name: 'WS', kind: 'websocket', port: 81, sequence: [7342, 6121, 9854], openMs: OPEN_MS },
  { name: 'ECHO', kind: 'echo', port: 2222, sequence: [7343, 6122, 9855], openMs: OPEN_MS },
];

let lab: NetLab;
let redis: RedisServer;
let nginx: Nginx;
let echo: EchoUpstream;
let folder: TempDir;
let knockgate: Knockgate;
let addresses: string[];

beforeAll(async () => {
  lab = await NetLab.create();
  [redis, nginx, echo, folder] = await Promise.all([
    RedisServer.start({ host: lab.server }),
    Nginx.start({ host: lab.server, page: PAGE }),
    EchoUpstream.start(lab.server),
    TempDir.create('traffic'),
  ]);
  await writeFile(nginx.directory.file('site/download'), DOWNLOAD);
  const client = lab.host('client');
  addresses = [...(await giveAddresses(client, { count: 4 })), ...(await giveAddresses6(client, { count: 2 }))];
  knockgate = await start(OPEN_MS);
});
afterAll(async () => {
  await knockgate.stop();
  await folder.remove();
  await echo[Symbol.asyncDispose]();
  await nginx.stop();
  await redis.stop();
  await lab.stop();
});

/** @param openMs what its grants last, which is not what the clients are told if a test says so */
async function start(openMs: number): Promise<Knockgate> {
  const upstreams = { pages: nginx.url, websocket: echo.httpUrl, echo: echo.tcpUrl };
  const doors = DOORS.map(({ name, kind, port, sequence }) => [
    name,
    {
      sequence,
      listen: [`0.0.0.0:${port}`, `[::]:${port}`],
      upstream: upstreams[kind],
      cmd_timeout: `${openMs}ms`,
      hide: 'closed',
    },
  ]);
  const config = folder.file('knockgate.yaml');
  await writeFile(config, JSON.stringify({ store: redis.url, doors: Object.fromEntries(doors) }));
  return Knockgate.start(['up', '--config', config], { host: lab.server, ready: /"event":"ready"/u });
}

function clients(
  onRevoke: (revocable: Revocable) => void,
  { doors = DOORS, files = FILES }: Partial<Pick<ClientsOptions, 'doors' | 'files'>> = {},
): Promise<TrafficProgram> {
  const [from, to] = [lab.host('client'), lab.server];
  const pace = { restMs: 200, pages: 50 };
  return startClients({ from, to, sources: addresses, doors, files, pace, seed: 1 }, { onRevoke });
}

async function count(traffic: TrafficProgram, kind: string, most: number): Promise<void> {
  await expect.poll(() => traffic.counts[kind] ?? 0, { timeout: 40_000, interval: 200 }).toBeGreaterThanOrEqual(most);
}

describe('clients', () => {
  it('do all that doors are for, and find nothing amiss', async () => {
    await using traffic = await clients(({ door, source }) => {
      void redis.cli('DEL', `knockgate:{${door}}:grant:${source}`);
    });
    for (const kind of ['pages', 'downloads', 'websockets', 'echoed', 'revoked', 'extended'])
      await count(traffic, kind, 1);
    const counts = await traffic.end();
    expect(traffic.faults).toEqual([]);
    expect(counts['bytes']).toBeGreaterThan(300_000);
  });

  it('tell what ends too soon', async () => {
    const doors = DOORS.map((door) => ({ ...door, openMs: 3 * OPEN_MS }));
    await using traffic = await clients(() => {}, { doors });
    for (const door of DOORS) expect(await tells(traffic, { kind: 'lost', door: door.name })).toBe(true);
  });

  it('tell what is not what the upstream has', async () => {
    const files = [FILES[0], { ...FILES[1], sha256: FILES[0].sha256 }] as const;
    await using traffic = await clients(() => {}, { files });
    expect(await tells(traffic, { kind: 'wrong', what: '/download' })).toBe(true);
  });

  it('tell what does not end with its grant', async () => {
    const doors = DOORS.map((door) => ({ ...door, openMs: OPEN_MS / 10 }));
    await using traffic = await clients(() => {}, { doors });
    await knockgate.stop();
    knockgate = await start(20 * OPEN_MS);
    expect(await tells(traffic, { kind: 'late' })).toBe(true);
    await knockgate.stop();
    knockgate = await start(OPEN_MS);
  });
});

describe('strangers', () => {
  it('get nothing at hidden doors', async () => {
    await using traffic = await strangers();
    for (const kind of ['sweeps', 'wrongKnocks']) await count(traffic, kind, 2);
    const { tries, ECONNREFUSED: refused } = await traffic.end();
    expect(traffic.faults).toEqual([]);
    expect(refused).toBe(tries);
  });

  it('tell what they are given', async () => {
    await using traffic = await strangers();
    await redis.cli('SET', `knockgate:{PAGE}:grant:${lab.host('stranger').address}`, 'by hand', 'PX', '60000');
    expect(await tells(traffic, { kind: 'stranger-connected', port: 80 })).toBe(true);
    expect(await tells(traffic, { kind: 'stranger-served', port: 80 })).toBe(true);
  });

  function strangers(): Promise<TrafficProgram> {
    const { address, address6 } = lab.host('stranger');
    const options = { from: lab.host('stranger'), to: lab.server, sources: [address, address6] };
    return startStrangers({ ...options, doors: DOORS, perSecond: 100, hidden: true, seed: 1 });
  }
});

/** For `expect`: waits until it has told such a fault. */
async function tells({ faults }: TrafficProgram, fault: object): Promise<true> {
  await expect.poll(() => faults, { timeout: 50_000 }).toContainEqual(expect.objectContaining(fault));
  return true;
}
