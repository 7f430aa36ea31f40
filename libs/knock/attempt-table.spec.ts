import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { TcpFlag, type Packet } from '#wire';
import { AttemptTable } from './attempt-table.js';
import type { KnockDoor, Step } from './door.js';
import type { Outcome } from './outcome.js';
import { PortSet } from './port-set.js';

const tcp = (...ports: number[]): Step[] => ports.map((port) => ({ port, protocol: 'tcp' }));
const door = (over: Partial<KnockDoor> = {}): KnockDoor => ({
  name: 'HTTP',
  sequence: tcp(6000, 7000, 8000, 9000),
  seqTimeoutMs: 45_000,
  tcpFlags: { set: TcpFlag.SYN, clear: 0 },
  ...over,
});

let table: AttemptTable;
let outcomes: string[];
let fingerprint: number;
const report = (outcome: Outcome): void => {
  const stage = outcome.kind === 'opened' ? '' : ` ${outcome.stage}`;
  outcomes.push(`${outcome.door.name} ${outcome.kind}${stage}`);
};
const use = (doors: KnockDoor[], limits = { first: 100, advanced: 100 }): void => {
  table = new AttemptTable(limits, 1);
  table.setDoors(doors);
};
const packet = (port: number, over: Partial<Packet> = {}): Packet => ({
  protocol: 'tcp',
  source: { a: 0, b: 0, c: 0xffff, d: 1 },
  sourcePort: 40_000,
  destinationPort: port,
  flags: TcpFlag.SYN,
  fingerprint: (fingerprint += 1),
  ...over,
});
const knock = (port: number, nowMs = 0, over: Partial<Packet> = {}): void =>
  table.observe(packet(port, over), nowMs, report);
const exempt = (...ports: number[]): void => {
  const set = new PortSet();
  for (const port of ports) set.add('tcp', port);
  table.setExemptPorts(set);
};
const opened = (): boolean => outcomes.includes('HTTP opened');

beforeEach(() => {
  outcomes = [];
  fingerprint = 0;
  use([door()]);
});

describe('AttemptTable', () => {
  it('opens for the sequence in order, naming each stage', () => {
    for (const port of [6000, 7000, 8000, 9000]) knock(port);
    expect(outcomes).toEqual([
      'HTTP advanced 1',
      'HTTP advanced 2',
      'HTTP advanced 3',
      'HTTP advanced 4',
      'HTTP opened',
    ]);
    expect(table.sizes).toEqual({ first: 0, advanced: 0 });
  });

  it('opens at once for a sequence of one port, and names its stage as knockd does', () => {
    use([door({ sequence: tcp(6000) })]);
    knock(6000);
    expect(outcomes).toEqual(['HTTP advanced 1', 'HTTP opened']);
  });

  it('ignores packets whose flags do not match: they neither advance nor void', () => {
    knock(6000);
    knock(1234, 0, { flags: TcpFlag.ACK });
    knock(7000, 0, { flags: TcpFlag.ACK });
    for (const port of [7000, 8000, 9000]) knock(port);
    expect(opened()).toBe(true);
  });

  it.each([
    ['a port of no door', 1234],
    ['a later port of the sequence', 9000],
  ])('voids at %s', (_name, port) => {
    for (const each of [6000, 7000, port, 8000, 9000]) knock(each);
    expect(outcomes).toContain('HTTP voided 2');
    expect(opened()).toBe(false);
  });

  it('lets the voiding packet be a first knock', () => {
    for (const port of [6000, 7000, 6000, 7000, 8000, 9000]) knock(port);
    expect(outcomes.slice(2, 4)).toEqual(['HTTP voided 2', 'HTTP advanced 1']);
    expect(opened()).toBe(true);
  });

  it('ignores a repeat of the step just made, from whatever source port', () => {
    for (const port of [6000, 6000, 7000, 7000, 7000, 8000, 8000, 9000]) knock(port);
    expect(outcomes.at(-1)).toBe('HTTP opened');
  });

  it('does not ignore a repeat of an earlier step', () => {
    for (const port of [6000, 7000, 8000, 7000, 9000]) knock(port);
    expect(opened()).toBe(false);
  });

  it('tells a retransmission from a second knock where a port comes twice in a row', () => {
    use([door({ sequence: tcp(6000, 6000, 7000) })]);
    knock(6000, 0, { fingerprint: 99 });
    knock(6000, 0, { fingerprint: 99 });
    expect(outcomes).toEqual(['HTTP advanced 1']);
    knock(6000);
    knock(7000);
    expect(opened()).toBe(true);
  });

  it('does not count exempt ports, but its own ports always', () => {
    exempt(80, 8000, 9000);
    for (const port of [6000, 80, 7000, 80, 8000, 9000]) knock(port);
    expect(opened()).toBe(true);
    outcomes = [];
    for (const port of [6000, 9000, 7000, 8000, 9000]) knock(port);
    expect(opened()).toBe(false);
  });

  it('opens at the last millisecond of seq_timeout, not after it, and counts from the first knock', () => {
    knock(6000, 1000);
    for (const port of [7000, 8000]) knock(port, 30_000);
    knock(9000, 46_000);
    expect(opened()).toBe(true);
    outcomes = [];
    knock(6000, 1000);
    for (const port of [7000, 8000]) knock(port, 30_000);
    knock(9000, 46_000.1);
    expect(outcomes.at(-1)).toBe('HTTP timed_out 3');
  });

  it('does not let a repeat of the first knock set the clock back', () => {
    knock(6000, 0);
    knock(6000, 44_000);
    for (const port of [7000, 8000, 9000]) knock(port, 45_001);
    expect(opened()).toBe(false);
  });

  it('tells of time-outs by the sweep, without another packet', () => {
    knock(6000, 0);
    knock(6000, 10, { source: { a: 0, b: 0, c: 0xffff, d: 2 } });
    knock(7000, 20);
    table.sweep(45_000, report);
    expect(outcomes.slice(3)).toEqual([]);
    table.sweep(45_001, report);
    expect(outcomes.slice(3)).toEqual(['HTTP timed_out 2']);
    table.sweep(45_011, report);
    expect(outcomes.slice(4)).toEqual(['HTTP timed_out 1']);
    expect(table.sizes).toEqual({ first: 0, advanced: 0 });
  });

  it('takes a packet that comes too late as a first knock', () => {
    knock(6000, 0);
    knock(6000, 50_000);
    expect(outcomes.slice(1)).toEqual(['HTTP timed_out 1', 'HTTP advanced 1']);
  });

  it('keeps sources apart', () => {
    const other = { source: { a: 0x20010db8, b: 0, c: 0, d: 1 } };
    for (const port of [6000, 7000]) knock(port);
    for (const port of [8000, 9000]) knock(port, 0, other);
    expect(opened()).toBe(false);
  });

  it('keeps doors apart: two that share a prefix both work', () => {
    use([door(), door({ name: 'SSH', sequence: tcp(6000, 7000, 5000) })]);
    for (const port of [6000, 7000, 5000]) knock(port);
    expect(outcomes).toContain('SSH opened');
    expect(outcomes).toContain('HTTP voided 2');
    for (const port of [6000, 7000, 8000, 9000]) knock(port);
    expect(outcomes).toContain('HTTP opened');
  });

  it('hears a protocol only if the sequence uses it', () => {
    use([door({ sequence: [...tcp(6000), { port: 7000, protocol: 'udp' }, ...tcp(8000)] }), door({ name: 'TCP' })]);
    const udp = { protocol: 'udp', flags: 0 } as const;
    knock(6000);
    knock(5555, 0, udp);
    expect(outcomes).toEqual(['HTTP advanced 1', 'TCP advanced 1', 'HTTP voided 1']);
    knock(6000);
    knock(7000, 0, udp);
    knock(8000);
    expect(opened()).toBe(true);
  });

  it('keeps the attempts of a door that is the same after a change of doors', () => {
    knock(6000);
    table.setDoors([door({ name: 'SSH' }), door()]);
    for (const port of [7000, 8000, 9000]) knock(port);
    expect(opened()).toBe(true);
    expect(outcomes).not.toContain('SSH opened');
  });

  it('is not moved by a flood of first knocks: not who is further on, nor a newcomer who is not among the oldest', () => {
    use([door()], { first: 1000, advanced: 10 });
    const flood = (count: number): void => {
      for (let i = 0; i < count; i += 1) knock(6000, 0, { source: { a: 1, b: 1, c: 1, d: i } });
    };
    flood(5000);
    knock(6000);
    flood(900);
    knock(7000);
    flood(5000);
    for (const port of [8000, 9000]) knock(port);
    expect(opened()).toBe(true);
    expect(table.sizes.first).toBeLessThanOrEqual(1000);
  });

  describe('never opens for a sweep over all ports', () => {
    it.each([
      ['ascending', (a: number, b: number) => a - b],
      ['descending', (a: number, b: number) => b - a],
    ])('%s', (_name, order) => {
      const ports = Array.from({ length: 65_535 }, (_each, i) => i + 1);
      use([door(), door({ name: 'DOWN', sequence: tcp(9000, 8000, 7000, 6000) })]);
      exempt(22, 80, 443);
      for (const port of ports.toSorted(order)) knock(port);
      expect(outcomes.filter((each) => each.endsWith('opened'))).toEqual([]);
    });

    it('in any order that has a foreign port between the knocks', () => {
      const ports = Array.from({ length: 200 }, (_each, i) => 5950 + i * 20); // 6000, 7000, 8000, 9000 and 196 others
      fc.assert(
        fc.property(fc.shuffledSubarray(ports, { minLength: ports.length }), (shuffled) => {
          outcomes = [];
          use([door()]);
          for (const port of shuffled) knock(port);
          const steps = shuffled.indexOf(6000);
          const inARow = [7000, 8000, 9000].every((port, i) => shuffled[steps + i + 1] === port);
          expect(opened()).toBe(inARow);
        }),
        { numRuns: 200 },
      );
    });
  });
});

describe('a door with a target', () => {
  const target = { a: 0, b: 0, c: 0xffff, d: 7 };
  const other = { ...target, d: 8 };
  beforeEach(() => use([door({ target })]));

  it('opens to knocks at the target', () => {
    for (const port of [6000, 7000, 8000, 9000]) knock(port, 0, { destination: { ...target } });
    expect(opened()).toBe(true);
  });

  it('is not concerned by packets to another address, nor by those that do not tell theirs', () => {
    for (const port of [6000, 7000, 8000, 9000]) {
      knock(port, 0, { destination: other });
      knock(port);
    }
    expect(outcomes).toEqual([]);
  });

  it('is not spoilt by packets to another address', () => {
    for (const port of [6000, 7000, 8000, 9000]) {
      knock(port, 0, { destination: target });
      knock(1234, 0, { destination: other });
    }
    expect(opened()).toBe(true);
  });

  it('forgets its attempts if it gets another target', () => {
    knock(6000, 0, { destination: target });
    table.setDoors([door({ target: { ...target } })]);
    knock(7000, 0, { destination: target });
    expect(outcomes).toEqual(['HTTP advanced 1', 'HTTP advanced 2']);
    table.setDoors([door({ target: other })]);
    knock(8000, 0, { destination: other });
    expect(outcomes).toHaveLength(2);
  });
});
