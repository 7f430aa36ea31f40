import { spawn } from 'node:child_process';
import type { CommandVector } from './command-line.js';

/** How a command ended. `status` as a shell counts: 128 + the signal's number is not used, a signal has its own kind. */
export type CommandEnd =
  | { readonly kind: 'exited'; readonly status: number; readonly output: string }
  | { readonly kind: 'killed'; readonly signal: string; readonly output: string }
  | { readonly kind: 'timed_out'; readonly output: string }
  | { readonly kind: 'not_started'; readonly reason: string };

const MAX_OUTPUT = 2048;
const MAX_TIMEOUT_MS = 2 ** 31 - 1; // setTimeout's limit, 24.8 days
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** Runs a command to its end, at most for `limitMs`, then ends its whole process group. Never rejects. */
export function runCommand([program, ...args]: CommandVector, limitMs: number): Promise<CommandEnd> {
  return new Promise((resolve) => {
    // detached: a process group of its own, so that what a shell has started ends with it
    const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: environment() });
    let output = '';
    let timedOut = false;
    const hear = (chunk: string): void => {
      output = (output + chunk).slice(0, MAX_OUTPUT);
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    const tooLong = (): void => {
      timedOut = true;
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const timer = setTimeout(tooLong, Math.min(limitMs, MAX_TIMEOUT_MS));
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve({ kind: 'not_started', reason: error.code === 'ENOENT' ? 'no such program' : (error.code ?? 'fault') });
    });
    // not `close`: a daemon that the command leaves behind may hold the pipes for ever
    child.once('exit', (status, signal) => {
      clearTimeout(timer);
      setImmediate(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        if (timedOut) resolve({ kind: 'timed_out', output });
        else if (status === null) resolve({ kind: 'killed', signal: signal ?? '', output });
        else resolve({ kind: 'exited', status, output });
      });
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // has just ended
  }
}

/** iptables and its like live where an unprivileged PATH does not look. */
function environment(): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  return { ...process.env, PATH: [...new Set([...path, ...SBIN])].join(':') };
}
