import { readFile } from 'node:fs/promises';

/** Seconds of a process, all threads, since its start. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

/** USER_HZ: what the kernel counts in towards programs, on every architecture that Node runs on (proc(5)). */
const TICKS_A_SECOND = 100;
const FIELD = { user: 14, system: 15 } as const;
const AFTER_NAME = 3;

/** Reads /proc/PID/stat; no finer than 10 ms. @throws (rejects) if there is no such process */
export async function cpuTime(pid: number): Promise<CpuTime> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in brackets, which may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const seconds = (field: number): number => Number(fields[field - AFTER_NAME]) / TICKS_A_SECOND;
  return { user: seconds(FIELD.user), system: seconds(FIELD.system) };
}
