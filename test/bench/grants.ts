import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Host } from '../lab/host.js';
import { NetLab } from '../lab/netlab.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { mustRun } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';
import { type Effort, type Figure, median, type Report } from './report.js';
import { DOOR, startMeasured } from './start-measured.js';

const GRANTS = { quick: 20_000, whole: 100_000 } as const;
const CHANGES = { quick: 10, whole: 50 } as const;
const DECISIONS = { quick: 200_000, whole: 500_000 } as const;
const WORKERS = 2;
const SNAPSHOT_MS = 2000;
const BYTES = 500;
const DECISION_NS = 1000;
const TIMEOUT_MS = 60_000;

/** As `knockgate up` writes them, one in ten for an IPv6 address. */
const FILL = `for i = tonumber(ARGV[1]), tonumber(ARGV[2]) - 1 do
  local ip = i % 10 == 0 and string.format('2001:db8::%x:%x', math.floor(i / 65536) + 1, i % 65536 + 1)
    or string.format('10.%d.%d.%d', math.floor(i / 65536), math.floor(i / 256) % 256, i % 256)
  local at = string.format('2026-01-01T00:%02d:%02d.%03dZ', math.floor(i / 60000) % 60, math.floor(i / 1000) % 60, i % 1000)
  local key = 'knockgate:{${DOOR}}:grant:' .. ip
  redis.call('HSET', key, 'door', '${DOOR}', 'ip', ip, 'granted_at', at, 'expires_at', at, 'method', 'knock',
    'listener', 'gateway.example:1')
  redis.call('PEXPIRE', key, 3600000 + i)
end`;
const FILL_STEP = 10_000; // Redis does nothing else meanwhile

/** Tries until it is answered. A port that nobody finds resets at once. */
const KNOCKER = `
  const attempt = () => {
    const socket = require('node:net').connect({ host: process.argv[1], port: 80 });
    socket.once('connect', () => socket.write('GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'));
    socket.once('data', () => { console.log('answered'); process.exit(); });
    socket.once('error', () => setTimeout(attempt, 2));
  };
  console.log('tries');
  attempt();`;

interface Start {
  /** From the look at the store until a client with a grant is answered. */
  readonly snapshotMs: number;
  /** From the process's start until then. */
  readonly answeredMs: number;
  readonly memory: Memory;
}

interface Running {
  readonly workers?: number;
  /** While it runs still. */
  readonly meanwhile?: () => Promise<void>;
}

interface Memory {
  /** On V8's heap and beside it, after a collection. */
  readonly held: number;
  readonly rss: number;
  /** The kernel's, for its map. */
  readonly map: number;
}

/** What many live grants cost: to know them all, to keep them, and to ask about one. */
export async function grants({ quick, rounds }: Effort): Promise<Report> {
  const [count, changes, decisions] = quick
    ? [GRANTS.quick, CHANGES.quick, DECISIONS.quick]
    : [GRANTS.whole, CHANGES.whole, DECISIONS.whole];
  await using lab = await NetLab.create({ clients: ['client'] });
  await using redis = await RedisServer.start({ host: lab.server });
  await redis.cli('SET', grantKey(lab.host('client').address), 'by hand', 'PX', '3600000');
  const start = (running?: Running): Promise<Start> => timeStart(lab, redis, running);
  const without: Start[] = [];
  const filled: Start[] = [];
  const inWorkers: Start[] = [];
  let latencies: readonly Latency[] = [];
  for (let i = 0; i < rounds; i += 1) without.push(await start());
  await fill(redis, count);
  for (let i = 0; i < rounds; i += 1) {
    inWorkers.push(await start({ workers: WORKERS }));
    const last = i === rounds - 1;
    const meanwhile = async (): Promise<void> => void (latencies = await timeChanges(lab.server, redis, changes));
    filled.push(await start(last ? { meanwhile } : {}));
  }
  return report({ count, without, filled, inWorkers, latencies, decisionNs: await timeDecisions(count, decisions) });
}

async function fill(redis: RedisServer, count: number): Promise<void> {
  for (let from = 0; from < count; from += FILL_STEP) {
    await redis.cli('EVAL', FILL, '0', String(from), String(Math.min(count, from + FILL_STEP)));
  }
}

/** The kernel lets nobody in before the whole snapshot is in its map: a client that is answered is the end of it. */
async function timeStart(lab: NetLab, redis: RedisServer, { workers = 1, meanwhile }: Running = {}): Promise<Start> {
  await using directory = await TempDir.create('grants');
  const client = lab.host('client');
  await using knocker = client.spawn(process.execPath, ['-e', KNOCKER, lab.server.address]);
  await knocker.waitForLine(/^tries$/u);
  const answered = knocker.waitForLine(/^answered$/u, TIMEOUT_MS).then(() => performance.now());
  const start = performance.now();
  const { knockgate } = await startMeasured({ host: lab.server, redis, directory, workers, tellsMemory: true });
  await using _ = knockgate;
  const end = await answered;
  const memory = await memoryOf(knockgate.program);
  await meanwhile?.();
  // said last before the store is followed
  const hidden = knockgate.events.find(({ event }) => event === 'door_hidden')!;
  const snapshotMs = performance.timeOrigin + end - Date.parse(String(hidden['time']));
  return { snapshotMs, answeredMs: end - start, memory };
}

async function memoryOf(program: Program): Promise<Memory> {
  const after = program.lineCount;
  program.signal('SIGUSR2');
  const [line] = await program.waitForLine(/^\{"memory":.*$/u, TIMEOUT_MS, after);
  const { memory } = JSON.parse(line) as { memory: Omit<Memory, 'map'> };
  return { ...memory, map: await mapBytes(program.pid) };
}

/** Of the map from source and door (20 bytes) to a deadline (8 bytes). */
async function mapBytes(pid: number): Promise<number> {
  const folder = `/proc/${pid}/fdinfo`;
  for (const fd of await readdir(folder)) {
    const info = await readFile(`${folder}/${fd}`, 'utf8').catch(() => ''); // closed since
    if (/^key_size:\t20\nvalue_size:\t8$/mu.test(info)) return Number(/^memlock:\t(\d+)$/mu.exec(info)![1]);
  }
  throw new Error('the gateway has no map of grants');
}

/** Milliseconds. */
interface Latency {
  readonly letIn: number;
  readonly cut: number;
}

async function timeChanges(host: Host, redis: RedisServer, count: number): Promise<Latency[]> {
  const args = [String(redis.port), host.address, '80', grantKey(host.address), String(count)];
  const { code, stdout, stderr } = await host.run(process.execPath, [script('time-changes.child.mjs'), ...args]);
  if (code !== 0) throw new Error(`time-changes: exit code ${code}\n${stderr}`);
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Latency);
}

async function timeDecisions(count: number, decisions: number): Promise<number[]> {
  const args = [script('time-decisions.child.mjs'), String(count), String(decisions)];
  return (await mustRun(process.execPath, args)).trim().split('\n').map(Number);
}

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

function grantKey(ip: string): string {
  return `knockgate:{${DOOR}}:grant:${ip}`;
}

interface Results {
  readonly count: number;
  readonly without: readonly Start[];
  readonly filled: readonly Start[];
  readonly inWorkers: readonly Start[];
  readonly latencies: readonly Latency[];
  readonly decisionNs: readonly number[];
}

function report({ count, without, filled, inWorkers, latencies, decisionNs }: Results): Report {
  const many = count.toLocaleString('en');
  const each = (of: (memory: Memory) => number): number[] => {
    const none = median(without.map(({ memory }) => of(memory)));
    return filled.map(({ memory }) => (of(memory) - none) / count);
  };
  const below = (limit: number, text: string, values: readonly number[]) => ({ text, met: median(values) < limit });
  const snapshot = filled.map(({ snapshotMs }) => snapshotMs);
  const workersSnapshot = inWorkers.map(({ snapshotMs }) => snapshotMs);
  const [held, resident] = [each((memory) => memory.held), each(({ rss }) => rss)];
  const one = { peers: [] };
  const figures: Figure[] = [
    {
      ...one,
      name: 'grants-snapshot',
      what: `${many} live grants: from the look at Redis until the kernel lets in, and the client is answered`,
      unit: 'ms',
      ours: snapshot,
      target: below(SNAPSHOT_MS, `under ${SNAPSHOT_MS} ms`, snapshot),
    },
    {
      ...one,
      name: 'grants-snapshot-workers',
      what: `the same with \`workers: ${WORKERS}\`, until a worker answers`,
      unit: 'ms',
      ours: workersSnapshot,
      target: below(SNAPSHOT_MS, `under ${SNAPSHOT_MS} ms`, workersSnapshot),
    },
    {
      ...one,
      name: 'grants-start',
      what: `the same from the start of \`serve\`, in one process`,
      unit: 'ms',
      ours: filled.map(({ answeredMs }) => answeredMs),
    },
    {
      ...one,
      name: 'grants-memory',
      what: 'memory for each grant, after a collection',
      unit: 'bytes',
      ours: held,
      target: below(BYTES, `under ${BYTES} bytes`, held),
    },
    {
      ...one,
      name: 'grants-resident',
      what: 'resident memory for each grant, after a start and a collection',
      unit: 'bytes',
      ours: resident,
      target: below(BYTES, `under ${BYTES} bytes`, resident),
    },
    {
      ...one,
      name: 'grants-kernel',
      what: "the kernel's memory for each grant, in its map, which grows with them",
      unit: 'bytes',
      ours: each(({ map }) => map),
    },
    {
      ...one,
      name: 'grants-decision',
      what: `one decision of the gate, with ${many} live grants`,
      unit: 'ns',
      ours: decisionNs,
      target: below(DECISION_NS, 'under 1 µs', decisionNs),
    },
    {
      ...one,
      name: 'grants-let-in',
      what: 'a grant is written until the kernel lets its client in',
      unit: 'ms',
      ours: latencies.map(({ letIn }) => letIn),
    },
    {
      ...one,
      name: 'grants-cut',
      what: 'DEL until the connection is cut',
      unit: 'ms',
      ours: latencies.map(({ cut }) => cut),
    },
  ];
  return { title: 'What do many live grants cost?', lead: LEAD, figures, findings: FINDINGS };
}

const LEAD = `\`knockgate serve\` as root in a namespace, its port hidden by the kernel (steer), with a real Redis that holds the grants as the
listener writes them. The kernel's map lets nobody in until the whole snapshot is in it, so the first answer to a client, which
tries every 2 ms, is its end. Memory is what the process holds more than with one grant, divided by their number; the kernel's map is
not in it. A decision is what is asked at accept: the peer's address made canonical, then the gate of the built gateway, in one process,
of addresses in no order that a cache likes, every second one without a grant.`;

const FINDINGS = `What bounds the snapshot, by profile: of the gateway's one thread the largest part is the garbage collector's, for all that
is read stays. Redis looks up the next ones meanwhile on another core (about 3 µs a grant, in calls of less than half a
millisecond). The rest is the mirror and the kernel's map, two entries a grant in calls of 1,024 grants, mostly the kernel's own time. A decision
is bounded by memory: the peer's text, the map and the grant are each somewhere else than the last ones were.`;
