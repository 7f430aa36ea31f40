import { readdirSync, readFileSync } from 'node:fs';
import { socketsOf } from '../sockets-of.js';

export interface SocketOwner {
  readonly pid: number;
  /** Its name, as ps(1) shows it. */
  readonly name: string;
}

/** The processes that have one of these sockets, by its inode, of those that we may look at. */
export function socketOwners(inodes: ReadonlySet<string>, proc = '/proc'): SocketOwner[] {
  if (inodes.size === 0) return [];
  return readdirSync(proc)
    .filter((entry) => /^\d+$/u.test(entry))
    .map(Number)
    .filter((pid) => socketsOf(pid, proc).some((inode) => inodes.has(inode)))
    .map((pid) => ({ pid, name: nameOf(pid, proc) }));
}

function nameOf(pid: number, proc: string): string {
  try {
    return readFileSync(`${proc}/${pid}/comm`, 'utf8').trim();
  } catch {
    return '?'; // it has ended
  }
}
