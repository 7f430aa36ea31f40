import { readFile, writeFile } from 'node:fs/promises';

/** A figure of /proc/PID/status, in MB. */
export async function memoryMb(pid: number, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'mu').exec(status)![1]) * 1024) / 1e6;
}

/** VmHWM counts from here on: what start-up took for a moment is not in it (proc(5), clear_refs). */
export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}
