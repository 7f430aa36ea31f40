import { readFile, writeFile } from 'node:fs/promises';
import { Knockgate } from '../lab/knockgate.js';
import type { Host } from '../lab/host.js';
import { NetLab } from '../lab/netlab.js';
import { Nginx } from '../lab/nginx.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { cpuTime } from './cpu-time.js';
import { parseWrk } from './parse-wrk.js';
import { type Effort, type Figure, median, type Report } from './report.js';

const CONNECTIONS = 32;
const SECONDS = { quick: 1, whole: 4 } as const;
const WARM_SECONDS = { quick: 1, whole: 4 } as const;
const PAGE = `${'x'.repeat(611)}\n`;
const MODES = ['http', 'tcp'] as const;
const COUNTS = [1, 2] as const;
/** The port of each door, by the number of workers behind it: all are up at once, and measured in turn. */
const PORTS: Readonly<Record<(typeof COUNTS)[number], Readonly<Record<Mode, number>>>> = {
  1: { http: 8001, tcp: 8011 },
  2: { http: 8002, tcp: 8012 },
};

type Mode = (typeof MODES)[number];
type Count = (typeof COUNTS)[number];

interface Measured {
  readonly perSecond: number;
  /** Of all the gateway's processes, µs. */
  readonly cpuPerRequest: number;
  /** How much of one core the gateway had. */
  readonly cores: number;
}

type Results = Readonly<Record<Mode, Readonly<Record<Count, Measured[]>>>>;

/** What a second worker brings. */
export async function workers({ quick, rounds }: Effort): Promise<Report> {
  const effort = quick ? 'quick' : 'whole';
  await using lab = await NetLab.create({ clients: ['client'] });
  await using redis = await RedisServer.start({ host: lab.server });
  await using nginx = await Nginx.start({ host: lab.server, page: PAGE });
  await using folder = await TempDir.create('workers');
  await using one = await start(1, { host: lab.server, redis, nginx, folder });
  await using two = await start(2, { host: lab.server, redis, nginx, folder });
  const programs = { 1: one, 2: two };
  const client = lab.host('client');
  for (const mode of MODES) await grant(redis, mode, client.address);
  const results: Results = { http: { 1: [], 2: [] }, tcp: { 1: [], 2: [] } };
  const measure = (mode: Mode, count: Count, seconds: number): Promise<Measured> =>
    measured(client, { program: programs[count], url: `http://${lab.server.address}:${PORTS[count][mode]}/`, seconds });
  for (const mode of MODES) {
    for (const count of COUNTS) {
      await opens(client, `http://${lab.server.address}:${PORTS[count][mode]}/`);
      await measure(mode, count, WARM_SECONDS[effort]);
    }
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? COUNTS : COUNTS.toReversed();
      for (const count of order) results[mode][count].push(await measure(mode, count, SECONDS[effort]));
    }
  }
  return report(results, SECONDS[effort]);
}

interface Place {
  readonly host: Host;
  readonly redis: RedisServer;
  readonly nginx: Nginx;
  readonly folder: TempDir;
}

async function start(count: Count, { host, redis, nginx, folder }: Place): Promise<Program> {
  const door = (mode: Mode): object => ({
    sequence: [7341, 6120, 9853, 10_000 + PORTS[count][mode]],
    listen: `0.0.0.0:${PORTS[count][mode]}`,
    mode,
    upstream: mode === 'tcp' ? nginx.url.replace('http:', 'tcp:') : nginx.url,
  });
  const file = folder.file(`workers-${count}.yaml`);
  const config = { store: redis.url, workers: count, doors: { http: door('http'), tcp: door('tcp') } };
  await writeFile(file, JSON.stringify(config)); // JSON is YAML
  const log = folder.file(`workers-${count}.log`); // as a service's
  const command = Knockgate.command(['serve', '--config', file]);
  return host.spawn('sh', ['-c', 'exec "$@" >"$0"', log, ...command]);
}

async function grant(redis: RedisServer, door: string, ip: string): Promise<void> {
  await redis.cli('SET', `knockgate:{${door}}:grant:${ip}`, 'by hand', 'PX', '3600000');
}

async function opens(from: Host, url: string): Promise<void> {
  const args = [
    '-sS',
    '--retry',
    '100',
    '--retry-delay',
    '0',
    '--retry-all-errors',
    '--max-time',
    '20',
    '-o',
    '/dev/null',
  ];
  const { code, stderr } = await from.run('curl', [...args, url], { timeoutMs: 30_000 });
  if (code !== 0) throw new Error(`${url} does not open: ${stderr}`);
}

interface Load {
  readonly program: Program;
  readonly url: string;
  readonly seconds: number;
}

async function measured(from: Host, { program, url, seconds }: Load): Promise<Measured> {
  const before = await cpuSeconds(program.pid);
  const args = ['--latency', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, url];
  const { code, stdout, stderr } = await from.run('wrk', args, { timeoutMs: seconds * 1000 + 15_000 });
  if (code !== 0) throw new Error(`wrk ${url}: exit code ${code}\n${stderr}${stdout}`);
  const { requests, requestsPerSecond, faults } = parseWrk(stdout);
  if (faults.length > 0) throw new Error(`wrk ${url}: ${faults.join('; ')}`);
  const spent = (await cpuSeconds(program.pid)) - before;
  return { perSecond: requestsPerSecond, cpuPerRequest: (spent / requests) * 1e6, cores: spent / seconds };
}

/** Of the gateway and the processes that it has started. */
async function cpuSeconds(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number);
  const times = await Promise.all([pid, ...children].map(cpuTime));
  return times.reduce((sum, { user, system }) => sum + user + system, 0);
}

function report(results: Results, seconds: number): Report {
  const figure = (mode: Mode, what: 'perSecond' | 'cpuPerRequest'): Figure => {
    const of = (count: Count): readonly number[] => results[mode][count].map((each) => each[what]);
    const [name, text, unit] =
      what === 'perSecond'
        ? (['requests', 'requests/s', '1/s'] as const)
        : (['cpu', "gateway's CPU a request", 'µs'] as const);
    return {
      name: `workers-${mode}-${name}`,
      what: `\`mode: ${mode}\`, ${text}, two workers`,
      unit,
      ours: of(2),
      peers: [{ who: 'workers: 1', values: of(1) }],
    };
  };
  return {
    title: 'What does a second worker bring?',
    lead: `A page of ${PAGE.length} bytes by wrk over ${CONNECTIONS} connections, ${seconds} s each, in turn with \`workers: 1\` and \`workers: 2\`, both up and warm. wrk,
the gateway and nginx share the machine's cores, so requests/s can rise only by what one process alone leaves idle. What more
cores would bring shows in the CPU time that a request costs all of the gateway's processes together: as long as that stays the
same, twice the cores serve twice the requests.`,
    figures: MODES.flatMap((mode) => [figure(mode, 'perSecond'), figure(mode, 'cpuPerRequest')]),
    findings: MODES.map((mode) => finding(mode, results[mode])).join('\n'),
  };
}

function finding(mode: Mode, of: Results[Mode]): string {
  const middle = (count: Count): string => median(of[count].map(({ cores }) => cores)).toFixed(2);
  return `- \`mode: ${mode}\`: the gateway had ${middle(1)} cores with one worker, ${middle(2)} with two; wrk and nginx had the rest.`;
}
