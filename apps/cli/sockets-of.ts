import { readdirSync, readlinkSync } from 'node:fs';

/** The inodes of a process's sockets (proc(5)); none of a process that we may not look at. */
export function socketsOf(pid: number, proc = '/proc'): string[] {
  try {
    return readdirSync(`${proc}/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/u.exec(readlinkSync(`${proc}/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // closed in between
      }
    });
  } catch {
    return [];
  }
}
