import { setImmediate as nextTurn } from 'node:timers/promises';
import { formatAddress, parseAddress } from '#address';
import type { RedisTarget } from '#grants';
import {
  type AttemptKeeper,
  type AttemptLimits,
  AttemptTable,
  type KnockDoor,
  type Outcome,
  PacketJournal,
  PortSet,
  type Step,
} from '#knock';
import { type Packet, TcpFlag } from '#wire';
import { SharedAttempts } from '../../apps/listener/shared-attempts.js';
import type { RedisServer } from '../lab/redis-server.js';

export const LIMITS: AttemptLimits = { first: 100, advanced: 100 };

/** 6000 or 6000:udp. */
export function steps(...ports: readonly (number | string)[]): Step[] {
  return ports.map((each) => {
    const [port, protocol = 'tcp'] = String(each).split(':');
    return { port: Number(port), protocol: protocol as Step['protocol'] };
  });
}

export const door = (over: Partial<KnockDoor> = {}): KnockDoor => ({
  name: 'HTTP',
  sequence: steps(6000, 7000, 8000, 9000),
  seqTimeoutMs: 45_000,
  tcpFlags: { set: TcpFlag.SYN, clear: 0 },
  ...over,
});

let fingerprint = 0;
export const packet = (
  port: number,
  { from = '192.0.2.1', ...over }: Partial<Packet> & { from?: string } = {},
): Packet => ({
  protocol: 'tcp',
  source: parseAddress(from)!,
  sourcePort: 40_000,
  destinationPort: port,
  flags: TcpFlag.SYN,
  fingerprint: (fingerprint += 1),
  ...over,
});

/** Several listeners that should come to what one alone would. */
export interface Listeners {
  readonly outcomes: string[];
  setDoors(doors: readonly KnockDoor[]): void;
  exempt(...ports: readonly number[]): void;
  /** @param listener which of three hears it */
  hear(packet: Packet, listener?: number): Promise<void>;
  /** Time goes by for the attempts. */
  age(ms: number): Promise<void>;
  sweep(): Promise<void>;
  /** All of them were asked at once. */
  sweepTogether(): Promise<void>;
  /** Nothing is left of before. */
  reset(): Promise<void>;
  sizes(): AttemptLimits;
  close(): void;
}

export const COUNT = 3;

export function textOf(outcome: Outcome): string {
  const stage = outcome.kind === 'opened' ? '' : ` ${outcome.stage}`;
  return `${formatAddress(outcome.source)} ${outcome.door.name} ${outcome.kind}${stage}`;
}

export function localTable(limits = LIMITS): Listeners {
  const outcomes: string[] = [];
  const report = (outcome: Outcome): void => void outcomes.push(textOf(outcome));
  let [table, nowMs] = [new AttemptTable(limits, 1), 0];
  let doors: readonly KnockDoor[] = [];
  let ports = new PortSet();
  const sweep = (): Promise<void> => Promise.resolve(table.sweep(nowMs, report));
  return {
    outcomes,
    setDoors: (next) => table.setDoors((doors = next)),
    exempt: (...list) => table.setExemptPorts((ports = portSet(list))),
    hear: (each) => Promise.resolve(table.observe(each, nowMs, report)),
    age: (ms) => Promise.resolve(void (nowMs += ms)),
    sweep,
    sweepTogether: sweep,
    reset: () => {
      table = new AttemptTable(limits, 1);
      table.setDoors(doors);
      table.setExemptPorts(ports);
      outcomes.length = 0;
      return Promise.resolve();
    },
    sizes: () => table.sizes,
    close: () => {},
  };
}

/** Makes all that is in Redis so much older. */
const AGE = `
local us = ARGV[1] * 1000
for _, key in ipairs(redis.call('KEYS', 'knockgate:*:attempts:*')) do
  local kind = string.match(key, '%a+$')
  if kind == 'state' or kind == 'lost' then
    local all = redis.call('HGETALL', key)
    for i = 1, #all, 2 do
      local stage, started, fingerprint = string.match(all[i + 1], '^(%d+) (%d+) (%d+)$')
      local value = kind == 'lost' and string.format('%.0f', all[i + 1] - us)
        or string.format('%s %.0f %s', stage, started - us, fingerprint)
      redis.call('HSET', key, all[i], value)
    end
  else
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, string.format('%.0f', -us), member) end
  end
end
return 1`;

export interface SharedStore {
  readonly target: RedisTarget;
  /** That have keys now. */
  masters(): Promise<readonly RedisServer[]>;
}

export interface SharedListeners extends Listeners {
  readonly keepers: readonly SharedAttempts[];
  /** Waits until Redis has answered. */
  settle(): Promise<void>;
}

export async function sharedListeners(store: SharedStore, limits = LIMITS): Promise<SharedListeners> {
  const outcomes: string[] = [];
  const report = (outcome: Outcome): void => void outcomes.push(textOf(outcome));
  const keepers = Array.from({ length: COUNT }, () => sharedKeeper(store.target, limits));
  const flush = async (): Promise<void> => {
    for (const master of await store.masters()) await master.cli('FLUSHALL');
  };
  let sweeps = 0;
  const settle = async (): Promise<void> => {
    for (const keeper of keepers) await idle(keeper);
  };
  const sweep = async (who: readonly AttemptKeeper[]): Promise<void> => {
    sweeps += 1;
    for (const keeper of who) keeper.sweep(1e9 + sweeps * 1e6, report); // long since it was last asked
    await settle();
  };
  await flush();
  let last = keepers[0]!;
  const shared: SharedListeners = {
    outcomes,
    keepers,
    settle,
    setDoors: (doors) => keepers.forEach((keeper) => keeper.setDoors(doors)),
    exempt: (...list) => keepers.forEach((keeper) => keeper.setExemptPorts(portSet(list))),
    hear: async (each, listener = 0) => {
      const keeper = keepers[listener]!;
      if (keeper !== last) await idle(last); // what it has heard is with Redis
      last = keeper;
      keeper.observe(each, performance.now(), report);
    },
    age: async (ms) => {
      await settle();
      for (const master of await store.masters()) await master.cli('EVAL', AGE, '0', String(ms));
    },
    sweep: async () => {
      await settle();
      await sweep(keepers.slice(0, 1));
    },
    sweepTogether: async () => {
      await settle();
      await sweep(keepers);
    },
    reset: async () => {
      await settle();
      await flush();
      outcomes.length = 0;
    },
    sizes: () => keepers[0]!.sizes,
    close: () => keepers.forEach((keeper) => keeper.close()),
  };
  return shared;
}

export function sharedKeeper(store: RedisTarget, limits = LIMITS): SharedAttempts {
  return new SharedAttempts({ store, limits, journal: new PacketJournal(1000), log: { emit: () => {} } });
}

export async function idle(keeper: SharedAttempts): Promise<void> {
  while (!keeper.isIdle) await nextTurn();
}

function portSet(ports: readonly number[]): PortSet {
  const set = new PortSet();
  for (const port of ports) set.add('tcp', port);
  return set;
}
