import { beforeEach, describe, expect, it } from 'vitest';
import { type Packet, TcpFlag } from '#wire';
import { AttemptTable } from './attempt-table.js';
import type { KnockDoor, Step } from './door.js';
import { type JournalLine, PacketJournal } from './packet-journal.js';
import { PortSet } from './port-set.js';

const step = (port: number, protocol: Step['protocol'] = 'tcp'): Step => ({ port, protocol });
const door = (over: Partial<KnockDoor> = {}): KnockDoor => ({
  name: 'HTTP',
  sequence: [6000, 7000, 8000, 9000].map((port) => step(port)),
  seqTimeoutMs: 45_000,
  tcpFlags: { set: TcpFlag.SYN, clear: 0 },
  ...over,
});
const source = (d: number) => ({ a: 0, b: 0, c: 0xffff, d });
const ME = 7;

let journal: PacketJournal;
let table: AttemptTable;
let nowMs: number;
let everyMs: number;
let fingerprint: number;
const use = (entries: number, ...doors: KnockDoor[]): void => {
  journal = new PacketJournal(entries);
  table = new AttemptTable({ first: 100, advanced: 100 }, 1, journal);
  table.setDoors(doors);
};
const send = (port: number, { from = ME, ...over }: Partial<Packet> & { from?: number } = {}): void => {
  const packet: Packet = {
    protocol: 'tcp',
    source: source(from),
    sourcePort: 40_000,
    destinationPort: port,
    flags: TcpFlag.SYN,
    fingerprint: (fingerprint += 1),
    ...over,
  };
  table.observe(packet, (nowMs += everyMs), () => {});
};
const text = ({ door: name, verdict, stage, got, expected }: JournalLine): string =>
  `${name ?? '-'} ${got?.port ?? '-'} for ${expected?.port ?? '-'}: ${verdict} ${stage}`;
const told = (from = ME): string[] => journal.of(source(from), 100).map(text);

beforeEach(() => {
  nowMs = 0;
  everyMs = 1;
  fingerprint = 0;
  use(1000, door());
});

describe('PacketJournal', () => {
  it('has each step of a right knock', () => {
    for (const port of [6000, 7000, 8000, 9000]) send(port);
    expect(told()).toEqual([
      'HTTP 6000 for 6000: advanced 1',
      'HTTP 7000 for 7000: advanced 2',
      'HTTP 8000 for 8000: advanced 3',
      'HTTP 9000 for 9000: completed 4',
    ]);
    expect(journal.of(source(ME), 100).map(({ timeMs }) => timeMs)).toEqual([1, 2, 3, 4]);
  });

  it('has each step once where all are made within one millisecond', () => {
    everyMs = 0.1;
    for (const port of [6000, 7000, 8000, 9000]) send(port);
    expect(told().map((line) => line.slice(-1))).toEqual(['1', '2', '3', '4']);
  });

  it('has the first step of an attempt, which goes on, where a flood has pushed out its own entry', () => {
    use(8, door());
    everyMs = 0.1;
    for (const port of [6000, 7000]) send(port);
    for (const from of [11, 12, 13, 14]) send(6000, { from });
    expect(told().map((line) => line.slice(-10))).toEqual(['advanced 1', 'advanced 2']);
  });

  it('has what voids an attempt, and what comes after it', () => {
    for (const port of [6000, 8000, 7000]) send(port);
    expect(told()).toEqual(['HTTP 6000 for 6000: advanced 1', 'HTTP 8000 for 7000: voided 1', '- 7000 for -: stray 0']);
  });

  it('has one line for a packet that ends an attempt and begins another', () => {
    for (const port of [6000, 7000, 6000, 7000]) send(port);
    expect(told().slice(2)).toEqual(['HTTP 6000 for 6000: restarted 1', 'HTTP 7000 for 7000: advanced 2']);
    send(6000, {});
    nowMs = 100_000;
    send(6000);
    expect(told().at(-1)).toBe('HTTP 6000 for 6000: late_restarted 1');
  });

  it('has what is ignored: a repeat, an exempt port, other flags', () => {
    table.setExemptPorts(new PortSet().add('tcp', 443));
    send(6000);
    send(6000);
    send(443);
    send(7000, { flags: TcpFlag.ACK });
    send(1234, { flags: TcpFlag.ACK }); // no port of the door: of no interest to it
    expect(told().slice(1)).toEqual([
      'HTTP 6000 for 7000: repeat 1',
      'HTTP 443 for 7000: exempt 1',
      'HTTP 7000 for 7000: flags 1',
      '- 1234 for -: stray 0',
    ]);
    expect(journal.of(source(ME), 100)[3]).toMatchObject({ flags: TcpFlag.ACK });
  });

  it('has first knocks with other flags, at the door that would have counted them', () => {
    send(6000, { flags: TcpFlag.FIN });
    expect(told()).toEqual(['HTTP 6000 for 6000: flags 0']);
  });

  it('has packets that come too late, and attempts whose time is over', () => {
    for (const port of [6000, 7000]) send(port);
    nowMs = 50_000;
    send(8000);
    expect(told().at(-1)).toBe('HTTP 8000 for 8000: late 2');
    send(6000);
    send(6000, { from: 8 });
    send(7000);
    table.sweep(200_000, () => {});
    expect(told().at(-1)).toBe('HTTP - for 8000: timed_out 2');
    expect(told(8)).toEqual(['HTTP 6000 for 6000: advanced 1', 'HTTP - for 7000: timed_out 1']);
  });

  it('has a packet once for each door that it concerns, and as nobody’s if it concerns none', () => {
    use(1000, door(), door({ name: 'SSH', sequence: [step(6000), step(22)] }));
    send(6000);
    send(1);
    send(2);
    expect(told()).toEqual([
      'HTTP 6000 for 6000: advanced 1',
      'SSH 6000 for 6000: advanced 1',
      'HTTP 1 for 7000: voided 1',
      'SSH 1 for 22: voided 1',
      '- 2 for -: stray 0',
    ]);
  });

  it('has a packet of a protocol that the door does not use', () => {
    send(6000, { protocol: 'udp', flags: 0 });
    expect(journal.of(source(ME), 1)).toMatchObject([{ verdict: 'stray', got: step(6000, 'udp') }]);
  });

  it('has what came of a completed knock', () => {
    journal.result(source(ME), { timeMs: 5, verdict: 'opened', door: 'HTTP' });
    expect(told()).toEqual(['HTTP - for -: opened 0']);
  });

  it('gives the last so many', () => {
    for (let i = 0; i < 20; i += 1) send(1000 + i);
    expect(journal.of(source(ME), 3).map(({ got }) => got?.port)).toEqual([1017, 1018, 1019]);
  });

  it('keeps a real attempt, its first knock included, whatever flood of first knocks and strays there is', () => {
    use(100, door());
    const flood = (): void => {
      for (let i = 0; i < 500; i += 1) send(i % 2 === 0 ? 6000 : 5555, { from: 1000 + i });
    };
    table.setExemptPorts(new PortSet());
    for (const port of [6000, 7000]) send(port);
    flood();
    send(9000);
    flood();
    expect(told()).toEqual([
      'HTTP 6000 for 6000: advanced 1',
      'HTTP 7000 for 7000: advanced 2',
      'HTTP 9000 for 8000: voided 2',
    ]);
  });

  it('notes so many ignored packets of one attempt, and no more', () => {
    use(1000, door());
    send(6000);
    for (let i = 0; i < 900; i += 1) send(6000);
    expect(told().length).toBeLessThan(20);
    send(7000);
    expect(told().at(-1)).toBe('HTTP 7000 for 7000: advanced 2');
  });

  it('lists who was heard last, the newest first, those with an attempt also in a flood', () => {
    use(100, door());
    for (const port of [6000, 7000]) send(port);
    for (let i = 0; i < 200; i += 1) send(5555, { from: 1000 + i });
    const heard = journal.sources(10);
    expect(heard.map(({ source: { d } }) => d)).toEqual([...Array.from({ length: 10 }, (_, i) => 1199 - i), ME]);
    expect(heard.at(-1)!.last).toMatchObject({ door: 'HTTP', verdict: 'advanced', stage: 2 });
  });

  it('takes some 2 MB', () => {
    expect(new PacketJournal(65_536).maxBytes).toBe(65_536 * 34);
  });
});
