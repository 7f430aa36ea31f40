import { readFileSync } from 'node:fs';
import { socketsOf } from './sockets-of.js';

const TCP_ESTABLISHED = '01'; // include/net/tcp_states.h

/**
 * The local ports of the TCP connections that this process's ancestors hold: those by which its user came in, the
 * ssh session's for one, whatever sudo(8) left of SSH_CONNECTION.
 */
export function sessionPorts(pid = process.pid, proc = '/proc'): ReadonlySet<number> {
  const inodes = new Set(ancestors(pid, proc).flatMap((ancestor) => socketsOf(ancestor, proc)));
  const tables = [`${proc}/self/net/tcp`, `${proc}/self/net/tcp6`];
  return new Set(tables.flatMap((table) => localPorts(read(table), inodes)));
}

/** The local ports of the established connections with these inodes in the text of /proc/net/tcp (proc(5)). */
function localPorts(table: string, inodes: ReadonlySet<string>): number[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/u);
    if (state !== TCP_ESTABLISHED || !inodes.has(inode)) return [];
    return [Number.parseInt(local.split(':')[1] ?? '', 16)];
  });
}

function ancestors(pid: number, proc: string): number[] {
  const found: number[] = [];
  for (let next = pid; next > 0; found.push(next), next = parentOf(next, proc));
  return found;
}

function parentOf(pid: number, proc: string): number {
  return Number(/^PPid:\s+(\d+)$/mu.exec(read(`${proc}/${pid}/status`))?.[1] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
