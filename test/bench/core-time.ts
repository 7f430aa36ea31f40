import { readFile } from 'node:fs/promises';

/** What a core has done since the machine's start, in the kernel's ticks. */
export interface CoreTime {
  readonly busy: number;
  readonly total: number;
}

/** In /proc/stat's line of a core, after its name (proc(5)): idle, and waiting for a disk. */
const RESTING = [3, 4];
/** user to steal; guests' time, which follows, is part of user. */
const FIELDS = 8;

/** Reads /proc/stat. @throws (rejects) if there is no such core */
export async function coreTime(core: number): Promise<CoreTime> {
  const line = new RegExp(`^cpu${core} (.*)$`, 'mu').exec(await readFile('/proc/stat', 'utf8'))?.[1];
  if (line === undefined) throw new Error(`/proc/stat has no core ${core}`);
  const ticks = line.split(' ').slice(0, FIELDS).map(Number);
  const total = ticks.reduce((sum, one) => sum + one, 0);
  return { total, busy: total - RESTING.reduce((sum, at) => sum + ticks[at]!, 0) };
}
