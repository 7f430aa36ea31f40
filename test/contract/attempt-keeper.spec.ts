import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TcpFlag } from '#wire';
import { RedisCluster } from '../lab/redis-cluster.js';
import { RedisSentinels } from '../lab/redis-sentinels.js';
import { RedisServer } from '../lab/redis-server.js';
import {
  COUNT,
  door,
  type Listeners,
  localTable,
  packet,
  sharedListeners,
  type SharedListeners,
  type SharedStore,
  steps,
} from './attempt-keeper.fixture.js';

let redis: RedisServer;
let sentinels: RedisSentinels;
let cluster: RedisCluster;
beforeAll(async () => {
  [redis, sentinels, cluster] = await Promise.all([RedisServer.start(), RedisSentinels.start(), RedisCluster.start()]);
});
afterAll(async () => {
  await Promise.all([redis, sentinels, cluster].map((each) => each.stop()));
});

const STORES: Record<string, () => SharedStore> = {
  redis: () => ({ target: { kind: 'redis', url: redis.url }, masters: () => Promise.resolve([redis]) }),
  sentinel: () => ({ target: sentinels.target, masters: async () => [await sentinels.master()] }),
  cluster: () => ({ target: cluster.target, masters: () => cluster.masters() }),
};

/** Connected. */
async function openShared(name: string, limits?: Parameters<typeof sharedListeners>[1]): Promise<SharedListeners> {
  const shared = await sharedListeners(STORES[name]!(), limits);
  shared.setDoors([door()]);
  await vi.waitFor(async () => {
    await shared.sweepTogether();
    for (const keeper of shared.keepers) expect(keeper.problem).toBeUndefined();
  }, 10_000);
  return shared;
}

const KINDS = [
  ['local', (limits?: Parameters<typeof localTable>[0]) => Promise.resolve(localTable(limits))],
  ...Object.keys(STORES).map((name) => [name, openShared.bind(undefined, name)] as const),
] as readonly (readonly [string, (limits?: Parameters<typeof localTable>[0]) => Promise<Listeners>])[];

describe.each(KINDS)('AttemptKeeper contract: %s', (_name, open) => {
  let keepers: Listeners;
  beforeEach(async () => {
    keepers = await open();
    keepers.setDoors([door()]);
  });
  afterEach(() => keepers.close());

  /** Each knock is heard by the listener after the one that heard the knock before. */
  const knock = async (...ports: number[]): Promise<void> => {
    for (const [i, port] of ports.entries()) await keepers.hear(packet(port), i % COUNT);
    await keepers.age(0);
  };
  const told = (): string[] => keepers.outcomes.map((text) => text.replace('192.0.2.1 HTTP ', ''));

  it('opens for the sequence in order, naming each stage', async () => {
    await knock(6000, 7000, 8000, 9000);
    expect(told()).toEqual(['advanced 1', 'advanced 2', 'advanced 3', 'advanced 4', 'opened']);
    await keepers.sweepTogether();
    expect(keepers.sizes()).toEqual({ first: 0, advanced: 0 });
  });

  it('opens at once for a sequence of one port', async () => {
    keepers.setDoors([door({ sequence: steps(6000) })]);
    await knock(6000);
    expect(told()).toEqual(['advanced 1', 'opened']);
  });

  it('opens for a sequence of 64 steps, whose ports come again and again', async () => {
    const ports = Array.from({ length: 64 }, (_each, i) => [6000, 7000, 8000][i % 3]!);
    keepers.setDoors([door({ sequence: steps(...ports) })]);
    await knock(...ports);
    expect(told().at(-1)).toBe('opened');
    expect(told()).toHaveLength(65);
  });

  it('opens for an IPv6 source', async () => {
    for (const [i, port] of [6000, 7000, 8000, 9000].entries())
      await keepers.hear(packet(port, { from: '2001:db8::7' }), i % COUNT);
    await keepers.age(0);
    expect(keepers.outcomes.at(-1)).toBe('2001:db8::7 HTTP opened');
  });

  it.each([
    ['a port of no door', 1234],
    ['a later port of the sequence', 9000],
    ['an earlier port of the sequence, which is its first', 6000],
  ])('voids at %s', async (_port, port) => {
    await knock(6000, 7000, port, 8000, 9000);
    expect(told()).toContain('voided 2');
    expect(told()).not.toContain('opened');
  });

  it('lets the voiding packet be a first knock', async () => {
    await knock(6000, 7000, 6000, 7000, 8000, 9000);
    expect(told().slice(2, 4)).toEqual(['voided 2', 'advanced 1']);
    expect(told().at(-1)).toBe('opened');
  });

  it('ignores repeats of the step just made, exempt ports, and flags that do not count', async () => {
    keepers.exempt(80, 8000);
    for (const [i, port] of [6000, 6000, 80, 7000, 7000, 8000, 80, 8000].entries())
      await keepers.hear(packet(port), i % COUNT);
    await keepers.hear(packet(1234, { flags: TcpFlag.ACK }), 1);
    await keepers.hear(packet(9000), 2);
    await keepers.age(0);
    expect(told().at(-1)).toBe('opened');
  });

  it('lets a port of the sequence void although it is exempt', async () => {
    keepers.exempt(8000, 9000);
    await knock(6000, 9000, 7000, 8000, 9000);
    expect(told()).toEqual(['advanced 1', 'voided 1']);
  });

  it('tells a retransmission from a second knock where a port comes twice in a row', async () => {
    keepers.setDoors([door({ sequence: steps(6000, 6000, 7000) })]);
    await keepers.hear(packet(6000, { fingerprint: 99 }), 0);
    await keepers.hear(packet(6000, { fingerprint: 99 }), 1);
    await keepers.age(0);
    expect(told()).toEqual(['advanced 1']);
    await knock(6000, 7000);
    expect(told().at(-1)).toBe('opened');
  });

  it('keeps sources apart, and doors', async () => {
    keepers.setDoors([door(), door({ name: 'SSH', sequence: steps(6000, 7000, 5000) })]);
    await knock(6000, 7000);
    for (const port of [8000, 9000]) await keepers.hear(packet(port, { from: '192.0.2.2' }));
    await knock(5000);
    expect(keepers.outcomes.filter((text) => text.endsWith('opened'))).toEqual(['192.0.2.1 SSH opened']);
    expect(told()).toContain('voided 2');
  });

  it('hears a protocol only if the sequence uses it', async () => {
    const udp = { protocol: 'udp', flags: 0 } as const;
    keepers.setDoors([door({ sequence: steps(6000, '7000:udp', 8000) }), door({ name: 'TCP' })]);
    await knock(6000);
    await keepers.hear(packet(5555, udp), 1);
    await keepers.age(0);
    expect(told().toSorted()).toEqual(['192.0.2.1 TCP advanced 1', 'advanced 1', 'voided 1']);
    await knock(6000);
    await keepers.hear(packet(7000, udp), 1);
    await keepers.hear(packet(8000), 2);
    await keepers.age(0);
    expect(told()).toContain('opened');
  });

  it('counts seq_timeout from the first knock, whatever is repeated', async () => {
    await knock(6000, 7000);
    await keepers.age(44_000);
    await keepers.hear(packet(7000));
    await keepers.hear(packet(8000));
    await keepers.age(2000);
    await keepers.hear(packet(9000));
    await keepers.age(0);
    expect(told()).toEqual(['advanced 1', 'advanced 2', 'advanced 3', 'timed_out 3']);
  });

  it('takes a packet that comes too late as a first knock', async () => {
    await knock(6000, 7000);
    await keepers.age(46_000);
    await knock(6000, 7000, 8000, 9000);
    expect(told().slice(2, 4)).toEqual(['timed_out 2', 'advanced 1']);
    expect(told().at(-1)).toBe('opened');
  });

  it('tells once of an attempt whose time is over, by whoever looks', async () => {
    await keepers.hear(packet(6000));
    await keepers.hear(packet(7000), 1);
    await keepers.hear(packet(6000, { from: '192.0.2.2' }), 1);
    await keepers.age(44_000);
    await keepers.sweepTogether();
    expect(told()).toHaveLength(3);
    await keepers.age(2000);
    await keepers.sweepTogether();
    expect(told().slice(3).toSorted()).toEqual(['192.0.2.2 HTTP timed_out 1', 'timed_out 2']);
    await keepers.sweepTogether();
    expect(told()).toHaveLength(5);
    expect(keepers.sizes()).toEqual({ first: 0, advanced: 0 });
  });

  it('leaves an attempt alone whose time is not over, however often somebody looks', async () => {
    for (const [i, port] of [6000, 7000, 8000].entries()) {
      await keepers.hear(packet(port), i);
      await keepers.sweepTogether();
      expect(keepers.sizes()).toEqual(i === 0 ? { first: 1, advanced: 0 } : { first: 0, advanced: 1 });
    }
    await keepers.hear(packet(9000));
    await keepers.sweepTogether();
    expect(told().at(-1)).toBe('opened');
    expect(keepers.sizes()).toEqual({ first: 0, advanced: 0 });
  });

  it('keeps the attempts of a door that is the same after a change of doors, and no others', async () => {
    keepers.setDoors([door(), door({ name: 'SSH' })]);
    await knock(6000, 7000);
    keepers.setDoors([door({ name: 'SSH', seqTimeoutMs: 46_000 }), door()]);
    await knock(8000, 9000);
    expect(keepers.outcomes.filter((text) => text.endsWith('opened'))).toEqual(['192.0.2.1 HTTP opened']);
  });

  it('never opens at a door that has no sequence', async () => {
    keepers.setDoors([door({ sequence: [] })]);
    await knock(6000, 7000, 8000, 9000);
    expect(told()).toEqual([]);
  });

  it('opens nothing for a sweep, over whichever listeners it is spread', async () => {
    keepers.setDoors([
      door({ sequence: steps(60, 70, 80, 90) }),
      door({ name: 'DOWN', sequence: steps(90, 80, 70, 60) }),
    ]);
    for (let port = 1; port <= 150; port += 1) await keepers.hear(packet(port), port % COUNT);
    for (let port = 150; port >= 1; port -= 1) await keepers.hear(packet(port), (port * 7) % COUNT);
    await keepers.age(0);
    expect(told()).toContain('voided 1');
    expect(told().filter((text) => text.endsWith('opened'))).toEqual([]);
  });

  it('is not moved by a flood of first knocks: not who is further on, nor a newcomer among the youngest', async () => {
    keepers.close();
    keepers = await open({ first: 50, advanced: 10 });
    keepers.setDoors([door()]);
    let next = 0;
    const flood = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        next += 1;
        await keepers.hear(packet(6000, { from: `198.51.${100 + (next >> 8)}.${next & 255}` }), (i >> 5) % COUNT);
      }
      await keepers.age(0);
    };
    await flood(600);
    await knock(6000);
    await flood(40);
    await keepers.hear(packet(7000), 1);
    await flood(600);
    for (const port of [8000, 9000]) await keepers.hear(packet(port), 2);
    await keepers.age(0);
    expect(told()).toContain('opened');
    await keepers.sweep();
    expect(keepers.sizes()).toEqual({ first: 50, advanced: 0 });
  });

  it('bounds those who are further on too: who began first makes room', async () => {
    keepers.close();
    keepers = await open({ first: 50, advanced: 10 });
    keepers.setDoors([door()]);
    for (let i = 1; i <= 30; i += 1)
      for (const port of [6000, 7000]) await keepers.hear(packet(port, { from: `192.0.2.${i}` }));
    await keepers.sweep();
    expect(keepers.sizes()).toEqual({ first: 0, advanced: 10 });
    for (const host of [20, 21])
      for (const port of [8000, 9000]) await keepers.hear(packet(port, { from: `192.0.2.${host}` }));
    await keepers.age(0);
    expect(keepers.outcomes.filter((text) => text.endsWith('opened'))).toEqual(['192.0.2.21 HTTP opened']);
  });
});

/** What happens, by chance. */
type Happening =
  | {
      readonly kind: 'packet';
      readonly at: number;
      readonly source: number;
      readonly port: number;
      readonly udp: boolean;
    }
  | { readonly kind: 'again'; readonly at: number }
  | { readonly kind: 'age'; readonly ms: number }
  | { readonly kind: 'sweep' };

const DOORS = [
  door({ name: 'PLAIN', sequence: steps(1, 2, 3) }),
  door({ name: 'TWICE', sequence: steps(1, 1, 2, 2) }),
  door({ name: 'MIXED', sequence: steps('2:udp', 3) }),
  door({ name: 'ONE', sequence: steps(4) }),
  // no sum of the ages below: what really passes meanwhile would decide
  door({ name: 'BACK', sequence: steps(3, 1, 3, 2), seqTimeoutMs: 65_000 }),
];
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('packet' as const),
      at: fc.nat({ max: COUNT - 1 }),
      source: fc.integer({ min: 1, max: 3 }),
      port: fc.integer({ min: 1, max: 6 }),
      udp: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('again' as const), at: fc.nat({ max: COUNT - 1 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('age' as const), ms: fc.constantFrom(20_000, 50_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sweep' as const) }) },
);

/** The outcomes of one happening after the other; those of a sweep in no order. */
async function play(keepers: Listeners, happenings: readonly Happening[]): Promise<string[]> {
  await keepers.reset();
  let last = packet(1);
  for (const each of happenings) {
    switch (each.kind) {
      case 'packet': {
        const of = each.udp ? ({ protocol: 'udp', flags: 0 } as const) : {};
        last = packet(each.port, { from: `192.0.2.${each.source}`, ...of });
        await keepers.hear(last, each.at);
        break;
      }
      case 'again':
        await keepers.hear({ ...last }, each.at);
        break;
      case 'age':
        await keepers.age(each.ms);
        break;
      case 'sweep': {
        await keepers.age(0);
        const before = keepers.outcomes.length;
        await keepers.sweepTogether();
        keepers.outcomes.push(...keepers.outcomes.splice(before).toSorted());
        break;
      }
      default:
        each satisfies never;
    }
  }
  await keepers.age(0);
  return [...keepers.outcomes];
}

/** Each door's, as they came: doors are independent, and answer when they do. */
function byDoor(outcomes: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(DOORS.map(({ name }) => [name, outcomes.filter((text) => text.split(' ')[1] === name)]));
}

it('three listeners on one Redis come to what one alone comes to, whatever is heard by whom', async () => {
  const [local, shared] = [localTable(), await openShared('redis')];
  let opened = 0;
  try {
    for (const keepers of [local, shared]) {
      keepers.setDoors(DOORS);
      keepers.exempt(5);
    }
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 60 }), async (happenings) => {
        const alone = await play(local, happenings);
        opened += alone.filter((text) => text.endsWith('opened')).length;
        expect(byDoor(await play(shared, happenings))).toEqual(byDoor(alone));
      }),
      { numRuns: 150 },
    );
  } finally {
    shared.close();
  }
  expect(opened).toBeGreaterThan(20); // else it says little
});
