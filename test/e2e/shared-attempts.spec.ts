import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { nmapKnock, tempFile } from './recipe.fixture.js';

/** Both listeners have it; the client has two ways to it, and takes another one with each connection (ECMP). */
const ANYCAST = '10.99.0.1';
const KNOCK = [6000, 7000, 8000, 9000];
const MAX_FIRST = 500;

interface Answer {
  readonly listener: { readonly pid: number };
  readonly entries: readonly { readonly verdict: string; readonly stage: number }[];
}

const configOf = (attempts: string, url: string): string => `
store: ${url}
attempts: ${attempts}
limits: { attempts: ${MAX_FIRST} }
doors:
  HTTP:
    sequence: ${KNOCK.join()}
    seq_timeout: 5
    cmd_timeout: 30
    listen: 0.0.0.0:80
    upstream: sample
`;

describe('two listeners of which each hears a part of a knock', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let config: Awaited<ReturnType<typeof tempFile>> | undefined;
  let listeners: Knockgate[] = [];

  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['client', 'edge', 'stranger'] });
    redis = await RedisServer.start({ host: lab.server, address: lab.server.address });
    const hops = [lab.server, lab.host('edge')];
    for (const host of hops) await host.run('ip', ['addr', 'add', `${ANYCAST}/32`, 'dev', 'lo']);
    for (const name of ['client', 'stranger']) {
      const ways = hops.flatMap(({ address }) => ['nexthop', 'via', address]);
      const host = lab.host(name);
      expect((await host.run('ip', ['route', 'add', `${ANYCAST}/32`, ...ways])).code).toBe(0);
      // by ports too, or all connections of a client go one way
      const script = 'echo 1 > /proc/sys/net/ipv4/fib_multipath_hash_policy';
      expect((await host.run('sh', ['-c', script])).code).toBe(0);
    }
  });
  afterAll(async () => {
    await redis.stop();
    await lab.stop();
  });
  beforeEach(() => redis.cli('FLUSHALL'));
  afterEach(async () => {
    for (const listener of listeners) await listener.stop();
    listeners = [];
    await config?.remove();
    config = undefined;
  });

  const start = async (attempts: string): Promise<void> => {
    config = await tempFile('knockgate.yaml', configOf(attempts, redis.url));
    const options = { ready: /"ready: / };
    listeners = await Promise.all(
      [lab.server, lab.host('edge')].map((host) =>
        Knockgate.start(['listen', '--config', config!.path], { ...options, host }),
      ),
    );
  };
  const client = () => lab.host('client');
  /** By connections of the kernel's: nmap's own packets all go one way. */
  const knock = async (ports = KNOCK): Promise<void> => {
    const args = ['knock', ANYCAST, ...ports.map(String), '--delay', '50'];
    expect((await Knockgate.run(args, { host: client() })).code).toBe(0);
  };
  /** What each has logged of the client. */
  const events = (name: string) =>
    listeners.map((each) => each.events.filter(({ event, ip }) => event === name && ip === client().address));
  const opened = (): number => [...events('opened'), ...events('extended')].flat().length;
  const heardBoth = (): boolean => events('stage').every((stages) => stages.length > 0);
  /** All that was sent before has been judged: a knock at each listener, after it, has. */
  const settled = (): Promise<void> => settledAt([6000]);
  const settledAt = async (ports: readonly number[]): Promise<void> => {
    for (const [i, host] of [lab.server, lab.host('edge')].entries()) {
      const after = listeners[i]!.program.lineCount;
      await nmapKnock(lab.host('stranger'), host.address, [1, ...ports]);
      await listeners[i]!.waitForLog(/HTTP: Stage 1$/u, { after });
    }
  };

  it('shared: each knock opens, whichever of them hears what', async () => {
    await start('shared');
    let knocks = 0;
    do {
      await knock();
      knocks += 1;
      await vi.waitFor(() => expect(opened()).toBe(knocks), { timeout: 10_000 });
    } while (knocks < 4 || (!heardBoth() && knocks < 20));
    expect(heardBoth()).toBe(true);
    // nobody counts a step twice, and each knock is the work of whoever heard its last packet
    expect(events('stage').flat()).toHaveLength(4 * knocks);
    expect(await redis.cli('EXISTS', `knockgate:{HTTP}:grant:${client().address}`)).toBe('1');
  });

  it('local: a knock that is spread over them does not', async () => {
    await start('local');
    for (let turn = 0; turn < 20 && !heardBoth(); turn += 1) await knock(KNOCK.slice(0, 3));
    const [server, edge] = [lab.server.address, lab.host('edge').address];
    for (const [i, port] of KNOCK.entries()) await nmapKnock(client(), i % 2 === 0 ? server : edge, [port]);
    await settled();
    expect(opened()).toBe(0);
  });

  it('shared: a knock of which each packet goes to the other listener opens, and one with a wrong port does not', async () => {
    await start('shared');
    const [server, edge] = [lab.server.address, lab.host('edge').address];
    for (const [i, port] of [6000, 7000, 1234, 8000, 9000].entries())
      await nmapKnock(client(), i % 2 === 0 ? edge : server, [port]);
    await settled();
    expect(opened()).toBe(0);
    expect(events('voided').flat()).toHaveLength(1);
    for (const [i, port] of KNOCK.entries()) await nmapKnock(client(), i % 2 === 0 ? server : edge, [port]);
    await listeners[1]!.waitForLog(/HTTP: OPEN SESAME/u);
    expect(opened()).toBe(1);
  });

  it.each([
    ['ascending', ['-r']],
    ['random', []],
  ])('shared: a sweep that is spread over them opens nothing: %s', async (_name, order) => {
    await start('shared');
    const args = ['-sT', '-Pn', '-n', '-T4', '--max-retries', '1', ...order, '-p1-10000', ANYCAST];
    expect((await client().run('nmap', args)).code).toBe(0);
    await settled();
    expect(opened()).toBe(0);
    expect(events('stage').flat().length).toBeGreaterThan(0); // it was heard
  });

  it('shared: time-outs are told by one of them', async () => {
    await start('shared');
    await nmapKnock(client(), lab.server.address, [6000, 7000]);
    await nmapKnock(client(), lab.host('edge').address, [8000]);
    await vi.waitFor(() => expect(events('sequence_timeout').flat()).toHaveLength(1), { timeout: 10_000 });
    await settled();
    expect(events('sequence_timeout').flat()).toHaveLength(1);
  });

  it('shared: a spoofed flood of first knocks takes no more room than it may, and knocks open after it', async () => {
    await start('shared');
    // Bounded: 4 s at most. Sources are spoofed inside the lab, which has no way out.
    const flood = ['4', 'hping3', '-q', '--flood', '--rand-source', '-S', '-p', '6000', lab.host('edge').address];
    await lab.host('stranger').run('timeout', flood);
    const keys = (await redis.cli('KEYS', 'knockgate:{HTTP}:attempts:*')).split('\n');
    const first = keys.find((key) => key.endsWith(':first'));
    expect(Number(await redis.cli('ZCARD', first!))).toBe(MAX_FIRST);
    for (const key of keys) expect(Number(await redis.cli('PTTL', key))).toBeGreaterThan(0);
    await vi.waitFor(
      async () => {
        await knock();
        await vi.waitFor(() => expect(opened()).toBeGreaterThan(0), { timeout: 2000 });
      },
      { timeout: 30_000 },
    );
  });

  it('shared: without Redis nothing opens and both say so; once it is back knocks open again', async () => {
    await start('shared');
    await redis.stop();
    await knock();
    for (const listener of listeners) {
      await listener.waitForLog(/attempts cannot be kept in Redis/u);
      await listener.waitForLog(/store unreachable/u);
    }
    await redis.start();
    for (const listener of listeners) await listener.waitForLog(/store ready/u);
    await vi.waitFor(
      async () => {
        await knock();
        await vi.waitFor(() => expect(opened()).toBe(1), { timeout: 2000 });
      },
      { timeout: 20_000 },
    );
  });

  it('shared: sequences that work once do so for all of them, whoever hears what', async () => {
    await using folder = await TempDir.create('once');
    const hosts = [lab.server, lab.host('edge')];
    const files = hosts.map(({ name }) => folder.file(name));
    for (const [i, host] of hosts.entries()) {
      await writeFile(files[i]!, '6100,7100\n6200,7200\n');
      const text = configOf('shared', redis.url).replace(/sequence: .*/u, `one_time_sequences: ${files[i]}`);
      const path = folder.file(`${host.name}.yaml`);
      await writeFile(path, text);
      listeners.push(await Knockgate.start(['listen', '--config', path], { host, ready: /"ready: / }));
    }
    const spread = async (...ports: number[]): Promise<void> => {
      for (const [i, port] of ports.entries()) await nmapKnock(client(), hosts[i % 2]!.address, [port]);
    };
    const usedInBoth = (count: number) =>
      vi.waitFor(
        async () => {
          for (const file of files) expect((await readFile(file, 'utf8')).match(/#/gu)).toHaveLength(count);
        },
        { timeout: 10_000 },
      );
    await spread(6100, 7100);
    await usedInBoth(1);
    await spread(6100, 7100); // again: it is used
    await settledAt([6200]);
    expect(opened()).toBe(1);
    await spread(6200, 7200);
    await usedInBoth(2);
    expect(opened()).toBe(2);
  });

  it('shared: the journal of each has what it heard, with what came of it', async () => {
    await start('shared');
    const [server, edge] = [lab.server, lab.host('edge')];
    for (const [i, port] of KNOCK.entries()) await nmapKnock(client(), (i % 2 === 0 ? server : edge).address, [port]);
    await listeners[1]!.waitForLog(/HTTP: OPEN SESAME/u);
    const why = async (host: typeof server, pid: number): Promise<string[]> => {
      // both have their sockets in one folder: hosts of a lab share the file system
      const { stdout } = await Knockgate.run(['why', client().address, '--json', '--config', config!.path], { host });
      const { answers } = JSON.parse(stdout) as { answers: Answer[] };
      const { entries } = answers.find(({ listener }) => listener.pid === pid)!;
      return entries.map(({ verdict, stage }) => `${verdict} ${stage}`);
    };
    expect(await why(server, listeners[0]!.program.pid)).toEqual(['advanced 1', 'advanced 3']);
    expect(await why(edge, listeners[1]!.program.pid)).toEqual(['advanced 2', 'completed 4', 'opened 0']);
  });
});
