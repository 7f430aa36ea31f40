import { readFile } from 'node:fs/promises';
import type { Host } from '../lab/host.js';
import { NetLab } from '../lab/netlab.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { alternate } from './alternate.js';
import { coreTime } from './core-time.js';
import { cpuTime } from './cpu-time.js';
import { CONNECTIONS } from './measure-proxies.js';
import { CORE } from './on-core.js';
import { answers, BODY, startUpstream } from './proxy-lab.js';
import { type Effort, type Figure, median, type Report } from './report.js';
import { DOOR, startGateway } from './start-gateway.js';
import { wrk } from './wrk.js';

const SECONDS = { quick: 1, whole: 3 } as const;
/** Each worker has its own compiler to wait for. */
const WARM_SECONDS = { quick: { 1: 2, 2: 3 }, whole: { 1: 4, 2: 8 } } as const;
const MODES = { quick: ['http'], whole: ['http', 'tcp'] } as const;
const COUNTS = ['1', '2'] as const;
const CORES = Object.values(CORE);
const GRANT_MS = '3600000';
/** Of what the cores allow. */
const NEARLY = 0.9;

type Mode = (typeof MODES.whole)[number];
/** How many workers. */
type Count = (typeof COUNTS)[number];

interface Measured {
  readonly perSecond: number;
  /** µs of all processes of the gateway, and of whatever else there is, for each request. */
  readonly gatewayUs: number;
  readonly restUs: number;
}

type Results = Readonly<Record<Count, readonly Measured[]>>;

/** What a second worker brings. */
export async function workers({ quick, rounds }: Effort): Promise<Report> {
  const kind = quick ? 'quick' : 'whole';
  await using lab = await NetLab.create({ clients: ['client'] });
  const host = lab.server;
  const client = lab.host('client');
  await using nginx = await startUpstream(host);
  await using redis = await RedisServer.start({ host });
  await redis.cli('SET', `knockgate:{${DOOR}}:grant:${client.address}`, 'by hand', 'PX', GRANT_MS);
  const results = new Map<Mode, Results>();
  for (const [i, mode] of MODES[kind].entries()) {
    const start = (count: Count): Promise<Started> =>
      started({
        host,
        mode,
        count,
        port: 8000 + 10 * i + Number(count),
        upstream: new URL(nginx.url),
        store: redis.url,
      });
    await using one = await start('1');
    await using two = await start('2');
    const gateways = { 1: one, 2: two };
    const ask = (count: Count, seconds: number) => measured(client, gateways[count], seconds);
    for (const { url, program } of [one, two]) await answers(client, url, program);
    for (const count of COUNTS) await ask(count, WARM_SECONDS[kind][count]);
    const values: Record<Count, Measured[]> = { 1: [], 2: [] };
    await alternate(COUNTS, rounds, async (count) => {
      const each = await ask(count, SECONDS[kind]);
      values[count].push(each);
      return each.perSecond;
    });
    results.set(mode, values);
  }
  return report(results, SECONDS[kind]);
}

interface StartSettings {
  readonly host: Host;
  readonly mode: Mode;
  readonly count: Count;
  readonly port: number;
  readonly upstream: URL;
  readonly store: string;
}

interface Started extends AsyncDisposable {
  readonly url: string;
  readonly program: Program;
}

async function started({ host, count, port, ...rest }: StartSettings): Promise<Started> {
  const directory = await TempDir.create('workers');
  const address = host.address;
  const program = await startGateway({
    host,
    address,
    port,
    directory: directory.path,
    workers: Number(count),
    ...rest,
  });
  const end = async (): Promise<void> => {
    await program.stop();
    await directory[Symbol.asyncDispose]();
  };
  return { url: `http://${address}:${port}`, program, [Symbol.asyncDispose]: end };
}

async function measured(client: Host, { url, program }: Started, seconds: number): Promise<Measured> {
  const read = async () => {
    const [gateway, ...cores] = await Promise.all([cpuSeconds(program.pid), ...CORES.map(coreTime)]);
    return { gateway, busy: sum(cores.map(({ busy }) => busy)), total: sum(cores.map(({ total }) => total)) };
  };
  const before = await read();
  const { requests, requestsPerSecond } = await wrk(client, `${url}/`, { connections: CONNECTIONS.page, seconds });
  const after = await read();
  const gatewayUs = ((after.gateway - before.gateway) * 1e6) / requests;
  const busy = (after.busy - before.busy) / (after.total - before.total);
  return {
    perSecond: requestsPerSecond,
    gatewayUs,
    restUs: (CORES.length * busy * 1e6) / requestsPerSecond - gatewayUs,
  };
}

/** Of a process, and of those that it has started. */
async function cpuSeconds(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number);
  const times = await Promise.all([pid, ...children].map(cpuTime));
  return sum(times.map(({ user, system }) => user + system));
}

function report(results: ReadonlyMap<Mode, Results>, seconds: number): Report {
  return {
    title: 'What does a second worker bring?',
    lead: `A page of ${BODY.page} bytes by wrk over ${CONNECTIONS.page} connections, ${seconds} s each, in turn with \`workers: 1\` and \`workers: 2\`, both up and warm. The
gateway may use both cores. wrk and nginx are on one of them, so a second worker can have only what they leave; were every
core free for the gateway, it would be limited by the CPU time of a request, which is of all its processes together.`,
    figures: [...results].flatMap(([mode, of]) => figures(mode, of)),
    findings: [...results].map(([mode, of]) => finding(mode, of)).join('\n'),
  };
}

function figures(mode: Mode, of: Results): Figure[] {
  const values = (count: Count, what: keyof Measured): number[] => of[count].map((each) => each[what]);
  const figure = (name: string, what: string, unit: string, key: keyof Measured): Figure => ({
    name: `workers-${mode}-${name}`,
    what: `mode ${mode}: ${what}, two workers`,
    unit,
    ours: values('2', key),
    peers: [{ who: 'workers: 1', values: values('1', key) }],
  });
  const { gain, possible } = gains(of);
  const target = {
    text: `at least ${NEARLY} of the ${possible.toFixed(2)} x that these cores allow`,
    met: gain >= NEARLY * possible,
  };
  return [
    { ...figure('requests', 'requests a second', '1/s', 'perSecond'), target },
    figure('cpu', "gateway's CPU time for a request", 'µs', 'gatewayUs'),
  ];
}

/** What the second worker brought, and what it could at most: with all cores full, each request at the cost of now. */
function gains(of: Results): { readonly gain: number; readonly possible: number } {
  const middle = (count: Count, what: keyof Measured): number => median(of[count].map((each) => each[what]));
  const cost = middle('1', 'gatewayUs') + middle('1', 'restUs');
  const alone = middle('1', 'perSecond');
  return { gain: middle('2', 'perSecond') / alone, possible: (CORES.length * 1e6) / cost / alone };
}

function finding(mode: Mode, of: Results): string {
  const us = (what: keyof Measured): string => median(of[1].map((each) => each[what])).toFixed(0);
  const { gain, possible } = gains(of);
  return `- mode ${mode}: a request costs one worker's gateway ${us('gatewayUs')} µs, wrk, nginx and the kernel's part of both ${us('restUs')} µs. Two full cores allow
  ${possible.toFixed(2)} x the requests of one worker; two workers did ${gain.toFixed(2)} x.`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
