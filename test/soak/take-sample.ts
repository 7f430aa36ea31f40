import { readdir } from 'node:fs/promises';
import { memoryMb } from '../bench/process-figures.js';
import type { RedisServer } from '../lab/redis-server.js';
import { ROLES, type Role } from './roles.js';
import type { SoakLab } from './soak-lab.js';

/** What one of our processes holds and how late it is. Bytes, and seconds since its report before. */
export interface ProcessSample {
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
  readonly loopP50Seconds: number;
  readonly loopP99Seconds: number;
  readonly loopMaxSeconds: number;
  readonly fds: number;
}

export interface Sample {
  /** From the start of the run. */
  readonly ms: number;
  readonly processes: Readonly<Record<Role, ProcessSample>>;
  /** What Redis has allocated. */
  readonly redisBytes: number;
  readonly redisResidentBytes: number;
  readonly nginxResidentBytes: number;
  readonly grants: number;
  readonly connections: number;
  readonly attempts: number;
  /** Packets that the listener has heard, and those that were lost to it. */
  readonly packets: number;
  readonly packetsDropped: number;
}

interface MetricText {
  readonly name: string;
  readonly values: readonly { readonly value: number }[];
}
/** The sum of all labels, by name. */
type Figures = Readonly<Record<string, number>>;

/** The reports of all processes, as they stand in Redis: a line for the pid and one for the metrics of each. */
const REPORTS = `local told = {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local found = redis.call('HMGET', key, 'pid', 'metrics')
  if found[1] then told[#told + 1] = found[1] told[#told + 1] = found[2] end
end
return told`;

/** Of everything, now. @throws (rejects) if a process is gone, or has told nothing of itself for 10 s */
export async function takeSample(lab: SoakLab, ms: number): Promise<Sample> {
  const { redis, nginx } = lab;
  const [reports, redisBytes] = [await reportsOf(redis), await redisMemory(redis)];
  const sampled = await Promise.all(ROLES.map((role) => processSample(lab.programOf(role).pid, reports)));
  const processes = Object.fromEntries(ROLES.map((role, i) => [role, sampled[i]!])) as Record<Role, ProcessSample>;
  const [gateway, listener] = [figuresOf(lab, 'gateway', reports), figuresOf(lab, 'listener', reports)];
  return {
    ms,
    processes,
    redisBytes,
    redisResidentBytes: await residentBytes(redis.pid),
    nginxResidentBytes: await residentBytes(nginx.program.pid),
    grants: gateway['knockgate_grants_live']!,
    connections: gateway['knockgate_connections_open']!,
    attempts: listener['knockgate_attempts_open']!,
    packets: listener['knockgate_packets_seen_total']!,
    packetsDropped: listener['knockgate_packets_dropped_total']!,
  };
}

/** Descriptors that each of our processes has open. */
export async function openFds(lab: SoakLab): Promise<Readonly<Record<Role, number>>> {
  const counts = await Promise.all(ROLES.map((role) => fdsOf(lab.programOf(role).pid)));
  return Object.fromEntries(ROLES.map((role, i) => [role, counts[i]!])) as Record<Role, number>;
}

async function processSample(pid: number, reports: ReadonlyMap<number, Figures>): Promise<ProcessSample> {
  const told = reports.get(pid);
  if (told === undefined) throw new Error(`process ${pid} has not reported`);
  return {
    residentBytes: await residentBytes(pid),
    heapUsedBytes: told['nodejs_heap_size_used_bytes']!,
    externalBytes: told['nodejs_external_memory_bytes']!,
    loopP50Seconds: told['nodejs_eventloop_lag_p50_seconds']!,
    loopP99Seconds: told['knockgate_event_loop_delay_seconds']!,
    loopMaxSeconds: told['nodejs_eventloop_lag_max_seconds']!,
    fds: await fdsOf(pid),
  };
}

function figuresOf(lab: SoakLab, role: Role, reports: ReadonlyMap<number, Figures>): Figures {
  return reports.get(lab.programOf(role).pid)!;
}

async function reportsOf(redis: RedisServer): Promise<ReadonlyMap<number, Figures>> {
  const lines = (await redis.cli('EVAL', REPORTS, '1', 'knockgate:{process}:all')).split('\n');
  const reports = new Map<number, Figures>();
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const metrics = JSON.parse(lines[i + 1]!) as MetricText[];
    const sums = metrics.map(({ name, values }) => [name, values.reduce((sum, { value }) => sum + value, 0)]);
    reports.set(Number(lines[i]), Object.fromEntries(sums) as Figures);
  }
  return reports;
}

async function redisMemory(redis: RedisServer): Promise<number> {
  return Number(/^used_memory:(\d+)/mu.exec(await redis.cli('INFO', 'memory'))![1]);
}

async function residentBytes(pid: number): Promise<number> {
  return (await memoryMb(pid, 'VmRSS')) * 1e6;
}

async function fdsOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}
