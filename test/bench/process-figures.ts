import { readFile, writeFile } from 'node:fs/promises';

const TICKS_A_SECOND = 100; // USER_HZ, on all systems that Node runs on
/** proc(5), counted from the field after the name, which may hold spaces */
const STAT = { utime: 11, stime: 12 } as const;

/** A figure of /proc/PID/status, in MB. */
export async function memoryMb(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'mu').exec(status)![1]) * 1024) / 1e6;
}

/** VmHWM counts from here on: what start-up took for a moment is not in it (proc(5), clear_refs). */
export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

/** Seconds that a process with all its threads has run on any core, in steps of 10 ms. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[STAT.utime]) + Number(fields[STAT.stime])) / TICKS_A_SECOND;
}
