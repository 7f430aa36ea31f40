import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TcpFlag } from '#wire';
import { NetLab } from '../lab/netlab.js';
import { judge } from './judge.js';
import { KnockdModel } from './knockd-model.js';
import { Lane, type LaneRun } from './lane.js';
import { play } from './play.js';
import { type Door, KNOCKD, type LaneConfig, type Packet, SERVED, type Switch } from './trace.js';

const ME = '10.88.0.1';
const STRANGER = '10.88.0.2';
const { FIN, SYN, RST } = TcpFlag;

const tcp = (...ports: number[]) => ports.map((port) => ({ port, protocol: 'tcp' as const }));
const udp = (...ports: number[]) => ports.map((port) => ({ port, protocol: 'udp' as const }));
const door = (name: string, sequence: Door['sequence'], over: Partial<Door> = {}): Door => ({
  name,
  sequence,
  seqTimeoutS: 3,
  tcpFlags: ['syn'],
  ...over,
});
let fresh = 0;
const knock = (atMs: number, port: number, over: Partial<Packet> = {}): Packet => {
  fresh += 1;
  const flags = over.protocol === 'udp' ? 0 : SYN;
  return { atMs, port, source: ME, protocol: 'tcp', flags, sourcePort: 30_000 + fresh, repeated: fresh, ...over };
};
const [first, second] = [knock(100, 1001), knock(200, 1002)];

interface Row {
  readonly rule: Switch;
  readonly doors: readonly Door[];
  readonly packets: readonly Packet[];
  readonly knockd: readonly string[];
  readonly knockgate: readonly string[];
}

/** The rows of docs/differences.md, 'Knocks', by their names there. */
const ROWS: Readonly<Record<string, Row>> = {
  'foreign ports void': {
    rule: 'foreignPortsVoid',
    doors: [door('A', tcp(1001, 1002))],
    packets: [first, knock(150, 4000), second],
    knockd: ['A'],
    knockgate: [],
  },
  'ports that are served void nothing': {
    rule: 'servedAndIgnoredExempt',
    doors: [door('A', tcp(1001, 1002)), door('B', tcp(1003, SERVED.tcp))],
    packets: [first, knock(150, SERVED.tcp), second],
    knockd: [],
    knockgate: ['A'],
  },
  '`ignore_ports` void nothing': {
    rule: 'servedAndIgnoredExempt',
    doors: [door('A', tcp(1001, 1002)), door('B', tcp(1003, 443))],
    packets: [first, knock(150, 443), second],
    knockd: [],
    knockgate: ['A'],
  },
  'repeats do not void: a retransmission': {
    rule: 'repeatsIgnored',
    doors: [door('A', tcp(1001, 1002))],
    packets: [first, { ...first, atMs: 150 }, second],
    knockd: [],
    knockgate: ['A'],
  },
  'repeats do not void: a new knock at the same port': {
    rule: 'repeatsIgnored',
    doors: [door('A', tcp(1001, 1002))],
    packets: [first, knock(150, 1001), second],
    knockd: [],
    knockgate: ['A'],
  },
  'repeats do not void, and a retransmission is no second knock': {
    rule: 'repeatsIgnored',
    doors: [door('A', tcp(1001, 1001))],
    packets: [first, { ...first, atMs: 150 }],
    knockd: ['A'],
    knockgate: [],
  },
  'the voiding packet may start anew': {
    rule: 'voidingPacketStartsAnew',
    doors: [door('A', tcp(1001, 1002, 1003))],
    packets: [first, second, ...[1001, 1002, 1003].map((port, index) => knock(300 + index * 50, port))],
    knockd: [],
    knockgate: ['A'],
  },
  "an attempt is its source's own": {
    rule: 'attemptIsItsOwn',
    doors: [door('A', tcp(1001, 1002)), door('B', tcp(1003, 1004), { seqTimeoutS: 1 })],
    packets: [knock(100, 1003, { source: STRANGER }), knock(500, 1001), knock(1400, 1002)],
    knockd: [],
    knockgate: ['A'],
  },
  'exact time': {
    rule: 'exactTime',
    doors: [door('A', tcp(1001, 1002), { seqTimeoutS: 1 })],
    packets: [knock(750, 1001), knock(1250, 1002)],
    knockd: [],
    knockgate: ['A'],
  },
  'doors are independent': {
    rule: 'doorsIndependent',
    // other flags, so that what B hears does not concern A's attempt
    doors: [door('A', tcp(1001, 1002), { tcpFlags: ['fin'] }), door('B', tcp(1003, 1004))],
    packets: [knock(100, 1001, { flags: FIN }), knock(200, 1003), knock(300, 1004)],
    knockd: [],
    knockgate: ['B'],
  },
  'only protocols of its sequence concern a door': {
    rule: 'onlyOwnProtocols',
    doors: [door('A', tcp(1001, 1002)), door('B', udp(1003, 1004))],
    packets: [first, knock(150, 1003, { protocol: 'udp' }), second],
    knockd: [],
    knockgate: ['A'],
  },
  'a RST is no knock, unless `tcpflags` asks for it': {
    rule: 'rstIsNoKnock',
    doors: [door('A', tcp(1001, 1002), { tcpFlags: [] })],
    packets: [first, knock(150, 1001, { flags: RST }), second],
    knockd: [],
    knockgate: ['A'],
  },
};

describe('what is judged otherwise than by knockd', () => {
  const rows = Object.entries(ROWS);
  let lab: NetLab;
  let runs: ReadonlyMap<string, LaneRun>;
  beforeAll(async () => {
    lab = await NetLab.create({ clients: rows.map((_, lane) => `lane${lane}`) });
    const played = await play(
      lab,
      rows.map(([, { doors, packets }]) => ({ config: { doors, capture: 'packet' }, packets })),
    );
    runs = new Map(played.map((run, index) => [rows[index]![0], run]));
  });
  afterAll(async () => {
    await lab.stop();
  });

  it.each(rows)('%s', (name, { rule, knockd, knockgate }) => {
    const run = runs.get(name)!;
    expect(openedByKnockd(run)).toEqual(knockd);
    expect(openedByKnockgate(run)).toEqual(knockgate);
    // and it is this rule that decides: knockd's others, with this one in the place of its own, open what knockgate does
    expect(opens(run, KNOCKD)).toEqual(knockd);
    expect(opens(run, new Set([rule]))).toEqual(knockgate);
    expect(judge(run).faults).toEqual([]);
  });
});

/** What I opened: the sentinel's attempts open nothing. */
function openedByKnockd({ knockd }: LaneRun): string[] {
  return knockd.flatMap(({ said }) => said.filter(({ what }) => what === 'OPEN SESAME').map((each) => each.door));
}

function openedByKnockgate({ knockgate }: LaneRun): unknown[] {
  return knockgate.filter(({ event }) => event === 'opened').map((event) => event['door']);
}

function opens({ config, packets }: LaneRun, switches: ReadonlySet<Switch>): string[] {
  const model = new KnockdModel(config.doors, switches);
  return packets.flatMap((packet) =>
    (model.observe(packet) ?? []).filter(({ what }) => what === 'OPEN SESAME').map((said) => said.door),
  );
}

describe('what is heard otherwise than by knockd', () => {
  const config: LaneConfig = { doors: [door('A', tcp(1001, 1002))], capture: 'packet' };
  const ports = ['1001', '1002'];
  let lab: NetLab;
  let lane: Lane;
  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['lane'] });
    lane = await Lane.start(lab.host('lane'), config, true);
  });
  afterAll(async () => {
    await lane.stop();
    await lab.stop();
  });
  const knockdOpened = () => lane.knockd.program.lines.filter((line) => line.endsWith('OPEN SESAME'));
  const bothOpen = async (from: string): Promise<void> => {
    await lane.knockgate.waitForLog(new RegExp(`^${from}: A: OPEN SESAME`, 'u'));
    await lane.knockd.program.waitForLine(new RegExp(`^${from}: A: OPEN SESAME`, 'u'));
  };

  it('packets to this host: to an address that the interface got later', async () => {
    const { host } = lane;
    await host.run('ip', ['addr', 'add', '10.77.0.200/24', 'dev', host.interface]);
    await lab.server.run('knock', ['-d', '20', '10.77.0.200', ...ports]);
    await lane.knockgate.waitForLog(/^10\.77\.0\.1: A: OPEN SESAME/u);
    expect(knockdOpened()).toEqual([]);
    // the same knock at the address that knockd knows: it is not deaf, and has said nothing of those before
    await lab.server.run('knock', ['-d', '20', host.address, ...ports]);
    await bothOpen(lab.server.address);
    expect(knockdOpened()).toHaveLength(1);
  });

  it('all interfaces, and on `lo` each packet once', async () => {
    const before = knockdOpened().length;
    const { lineCount } = lane.knockgate.program;
    await lane.host.run('knock', ['-d', '20', '127.0.0.1', ...ports]);
    await lane.knockgate.waitForLog(/^127\.0\.0\.1: A: OPEN SESAME/u, { after: lineCount });
    expect(lane.knockgate.events.filter(({ ip, event }) => ip === '127.0.0.1' && event === 'stage')).toHaveLength(2);
    await lab.server.run('knock', ['-6', '-d', '20', lane.host.address6, ...ports]);
    await bothOpen(lab.server.address6);
    expect(knockdOpened()).toHaveLength(before + 1);
  });

  it('timeouts by themselves: knockgate ends an attempt by a timer, knockd with the next packet', async () => {
    const { lineCount } = lane.knockgate.program;
    await lab.server.run('knock', [lane.host.address, ports[0]!]);
    const begun = await lane.knockgate.waitForLog(/: A: Stage 1$/u, { after: lineCount });
    const ended = await lane.knockgate.waitForLog(/: A: sequence timeout \(stage 1\)$/u, { after: lineCount });
    const tookMs = Date.parse(String(ended['time'])) - Date.parse(String(begun['time']));
    expect(tookMs).toBeGreaterThanOrEqual(3000);
    expect(tookMs).toBeLessThan(3500);
    await delay(1000); // knockd's whole seconds are over too
    const saysTimeout = (line: string): boolean => line.includes('sequence timeout');
    expect(lane.knockd.program.lines.filter(saysTimeout)).toEqual([]);
    await lab.server.run('knock', [lane.host.address, ports[0]!]);
    await lane.knockd.program.waitForLine(/A: sequence timeout \(stage 1\)$/u);
  });
});
