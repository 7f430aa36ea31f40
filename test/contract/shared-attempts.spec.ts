import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { lossOf, RedisAttempts } from '#grants';
import type { Outcome } from '#knock';
import { doorId } from '../../apps/listener/door-id.js';
import { MAX_WAITING } from '../../apps/listener/shared-door.js';
import type { SharedAttempts } from '../../apps/listener/shared-attempts.js';
import { RedisServer } from '../lab/redis-server.js';
import { door, idle, packet, sharedKeeper, steps, textOf } from './attempt-keeper.fixture.js';

const stranger = (i: number): string => `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
const KNOCK = [6000, 7000, 8000, 9000];

/** What only attempts in Redis can get wrong. */
describe('attempts that listeners share', () => {
  let redis: RedisServer;
  let keepers: SharedAttempts[];
  let outcomes: string[];
  const report = (outcome: Outcome): void => void outcomes.push(textOf(outcome));
  const opened = (): string[] => outcomes.filter((text) => text.endsWith('opened'));
  const hear = async (keeper: SharedAttempts, ...ports: number[]): Promise<void> => {
    for (const port of ports) keeper.observe(packet(port), performance.now(), report);
    await idle(keeper);
  };
  const open = async (limits?: Parameters<typeof sharedKeeper>[1]): Promise<SharedAttempts> => {
    const keeper = sharedKeeper({ kind: 'redis', url: redis.url }, limits);
    keepers.push(keeper);
    keeper.setDoors([door()]);
    await answers(keeper);
    return keeper;
  };
  let sweeps = 0;
  /** Whether Redis does, as a sweep finds. */
  const swept = async (keeper: SharedAttempts): Promise<string | undefined> => {
    keeper.sweep(1e9 + (sweeps += 1) * 1e6, report);
    await idle(keeper);
    return keeper.problem;
  };
  const answers = (keeper: SharedAttempts): Promise<void> =>
    vi.waitFor(async () => expect(await swept(keeper)).toBeUndefined(), 10_000);
  const keys = async (): Promise<string[]> => (await redis.cli('KEYS', '*attempts*')).split('\n').filter(Boolean);

  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    [keepers, outcomes] = [[], []];
    await redis.cli('FLUSHALL');
  });
  afterEach(() => keepers.forEach((keeper) => keeper.close()));

  it('opens in the same call for a knock whose packets come at once', async () => {
    const keeper = await open();
    await hear(keeper, ...KNOCK);
    expect(opened()).toEqual(['192.0.2.1 HTTP opened']);
    expect(await keys()).toEqual([]);
  });

  it('leaves no key without a TTL, which is the time of an attempt and a little more', async () => {
    await hear(await open(), 6000, 7000);
    keepers[0]!.observe(packet(6000, { from: '192.0.2.2' }), performance.now(), report);
    await idle(keepers[0]!);
    const found = await keys();
    expect(found.map((key) => key.replace(/.*:/u, '')).toSorted()).toEqual(['advanced', 'first', 'state']);
    for (const key of found) {
      const ms = Number(await redis.cli('PTTL', key));
      expect(ms).toBeGreaterThan(45_000);
      expect(ms).toBeLessThanOrEqual(55_000);
    }
  });

  it('tells Redis of no port of a sequence, and of none that was knocked', async () => {
    const keeper = await open();
    const watching = new Redis(redis.url);
    const seen: string[] = [];
    const monitor = await watching.monitor();
    monitor.on('monitor', (_time, args: string[]) => seen.push(args.join(' ')));
    await hear(keeper, ...KNOCK, 6000, 1234);
    await redis.cli('SET', 'last', '1');
    await vi.waitFor(() => expect(seen.at(-1)).toContain('last'));
    monitor.disconnect();
    watching.disconnect();
    expect(seen.some((line) => line.includes('192.0.2.1'))).toBe(true);
    // less times, and what repeats are known by
    for (const line of seen) expect(line.replaceAll(/\d{10,}/gu, '')).not.toMatch(/[6789]000\b|\b1234\b/u);
  });

  it('does not mix attempts of listeners with another sequence, seq_timeout, flags or target for the door', async () => {
    const others = [
      door({ sequence: steps(6000, 7000, 8000, 9001) }),
      door({ seqTimeoutMs: 46_000 }),
      door({ tcpFlags: { set: 2, clear: 16 } }),
      door({ target: { a: 0, b: 0, c: 0xffff, d: 7 } }),
    ];
    expect(new Set([door(), ...others].map(doorId)).size).toBe(5);
    const [one, other] = [await open(), await open()];
    other.setDoors([others[0]!]);
    await hear(one, 6000, 7000);
    await hear(other, 8000);
    await hear(one, 9000);
    expect(opened()).toEqual([]);
    expect(outcomes).toContain('192.0.2.1 HTTP voided 2');
  });

  it('lets nothing come of a door that another one has replaced meanwhile, as with sequences that work once', async () => {
    const keeper = await open();
    const twice = [packet(6000, { from: '192.0.2.8' }), packet(6000, { from: '192.0.2.9' })];
    keeper.setDoors([door({ sequence: steps(6000) })]);
    const first = (outcome: Outcome): void => {
      report(outcome);
      if (outcome.kind === 'opened') keeper.setDoors([door({ sequence: steps(5000) })]);
    };
    for (const each of twice) keeper.observe(each, performance.now(), first);
    await vi.waitFor(() => expect(opened()).toHaveLength(1));
    await hear(keeper, 5000);
    expect(opened()).toEqual(['192.0.2.8 HTTP opened', '192.0.2.1 HTTP opened']);
  });

  it('ends what Redis has thrown out of its bounds', async () => {
    const keeper = await open();
    await hear(keeper, 6000, 7000);
    await redis.cli(
      'DEL',
      (await keys()).find((key) => key.endsWith('advanced'))!,
    );
    await swept(keeper);
    expect(await keys()).toEqual([]);
    await hear(keeper, 8000, 9000);
    expect(opened()).toEqual([]);
  });

  it.each(['1 2', '', '9 9 9', '-1 1 1', '1 99999999999999999999999 1'])(
    'takes nothing for an attempt that is %j',
    async (text) => {
      const keeper = await open();
      await hear(keeper, 6000);
      const found = await keys();
      const state = found.find((key) => key.endsWith('state'))!;
      await redis.cli('HSET', state, '192.0.2.1', text);
      await redis.cli('HSET', state.replace(/state$/u, 'lost'), 'all', 'never');
      await hear(keeper, 7000, 8000, 9000);
      expect(opened()).toEqual([]);
      await redis.cli('DEL', ...found, state.replace(/state$/u, 'lost'));
      await hear(keeper, ...KNOCK);
      expect([opened().length, keeper.problem]).toEqual([1, undefined]);
    },
  );

  describe('packets that could not be told', () => {
    it('void the attempts of their sources: a flood at one listener lets no sweep through', async () => {
      const [one, other] = [await open(), await open()];
      await hear(other, 6000, 7000);
      // more than may wait, in one turn; then one that voids, which there is no room for
      for (let i = 0; i < MAX_WAITING; i += 1)
        one.observe(packet(7000, { from: stranger(i) }), performance.now(), report);
      one.observe(packet(1234), performance.now(), report);
      expect(one.untold).toBe(1);
      await idle(one);
      await hear(other, 8000, 9000);
      expect(opened()).toEqual([]);
      expect(outcomes).toContain('192.0.2.1 HTTP voided 2');
      await hear(other, ...KNOCK);
      expect(opened()).toHaveLength(1);
    });

    it('void also what is begun or gone on with in the same calls', async () => {
      const keeper = await open({ first: 100_000, advanced: 100 });
      await hear(keeper, 6000, 7000);
      const flood = (count: number): void => {
        for (let i = 0; i < count; i += 1)
          keeper.observe(packet(7000, { from: stranger(i) }), performance.now(), report);
      };
      flood(MAX_WAITING - 2);
      keeper.observe(packet(8000), performance.now(), report); // told
      keeper.observe(packet(6000, { from: '192.0.2.3' }), performance.now(), report); // not told: half is for others
      flood(1);
      keeper.observe(packet(1234), performance.now(), report); // would void: not told
      keeper.observe(packet(9000), performance.now(), report); // not told
      await idle(keeper);
      await hear(keeper, 9000);
      expect(opened()).toEqual([]);
    });

    it('are first knocks before others', async () => {
      const keeper = await open({ first: 100_000, advanced: 100 });
      for (let i = 0; i < MAX_WAITING / 2 + 2000; i += 1)
        keeper.observe(packet(6000, { from: stranger(i) }), performance.now(), report);
      keeper.observe(packet(1234), performance.now(), report);
      expect(keeper.untold).toBe(2000);
      await idle(keeper);
      // less those that share a number with one that was not told, or have waited too long
      expect(keeper.sizes.first).toBeGreaterThan(0);
      expect(keeper.sizes.first).toBeLessThanOrEqual(MAX_WAITING / 2);
    });

    it('void all attempts where there are too many sources to be told of', async () => {
      const [one, other] = [await open(), await open()];
      await hear(other, 6000, 7000);
      for (let i = 0; i < MAX_WAITING + 40_000; i += 1)
        one.observe(packet(7000, { from: stranger(i) }), performance.now(), report);
      await idle(one);
      expect(
        await redis.cli(
          'HLEN',
          (await keys()).find((key) => key.endsWith('lost'))!,
        ),
      ).toBe('1');
      await hear(other, 8000, 9000);
      expect(opened()).toEqual([]);
      expect(outcomes).toContain('192.0.2.1 HTTP voided 2');
    });

    it('are all those that come while Redis is away: nothing opens, and nothing is told later', async () => {
      const keeper = await open();
      await redis.stop();
      await hear(keeper, ...KNOCK);
      expect(keeper.problem).toMatch(/^attempts cannot be kept in Redis: /u);
      expect(keeper.untold).toBe(4);
      await redis.start();
      await answers(keeper);
      expect(opened()).toEqual([]);
      await hear(keeper, ...KNOCK);
      expect(opened()).toHaveLength(1);
    });

    it('void an attempt that Redis has kept while one listener did not reach it', async () => {
      const [cut, other] = [await open(), await open()];
      await hear(other, 6000, 7000);
      // this one's packets are lost with its connection
      const ids = (await redis.cli('CLIENT', 'LIST')).split('\n').filter((line) => line.includes('knockgate-attempts'));
      expect(ids).toHaveLength(2);
      await redis.cli('CLIENT', 'KILL', 'ID', /\bid=(\d+)/u.exec(ids[0]!)![1]!);
      cut.observe(packet(1234), performance.now(), report);
      await vi.waitFor(() => expect(cut.untold + Number(outcomes.some((text) => text.endsWith('voided 2')))).toBe(1));
      await answers(cut);
      await hear(cut);
      await hear(other, 8000, 9000);
      expect(opened()).toEqual([]);
    });

    it('also those that a Redis that hangs would answer too late', async () => {
      const keeper = await open();
      await hear(keeper, 6000, 7000);
      redis.pause();
      keeper.observe(packet(1234), performance.now(), report);
      await vi.waitFor(() => expect(keeper.problem).toMatch(/timed out/u), 5000);
      redis.resume();
      await answers(keeper);
      await hear(keeper, 8000, 9000);
      expect(opened()).toEqual([]);
    });
  });

  it('knows sources by the same numbers here and in Redis', async () => {
    const attempts = new RedisAttempts(redis.url);
    const at = { name: 'HTTP', id: 'x', steps: 3, seqTimeoutMs: 45_000, maxFirst: 100, maxAdvanced: 100 };
    try {
      await vi.waitFor(() => attempts.sweep(at));
      for (const ip of ['192.0.2.1', '255.255.255.255', '2001:db8::ffff:1', '::1']) {
        await attempts.advance(at, [{ ip, fingerprint: 1, steps: ',1,' }], []);
        await attempts.advance(at, [], [lossOf(ip)]);
        const { judged } = await attempts.advance(at, [{ ip, fingerprint: 2, steps: ',2,' }], []);
        expect(judged).toEqual([{ packet: 0, verdict: 'lost', before: 1 }]);
        await attempts.advance(at, [{ ip, fingerprint: 1, steps: ',1,' }], []);
        await attempts.advance(at, [], [(lossOf(ip) + 1) % 65_521]);
        expect((await attempts.advance(at, [{ ip, fingerprint: 2, steps: ',2,' }], [])).judged).toEqual([
          { packet: 0, verdict: 'advanced', before: 1 },
        ]);
      }
    } finally {
      attempts.close();
    }
  });
});
