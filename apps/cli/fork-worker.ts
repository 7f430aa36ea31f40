import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WORKER_LINK_FD, WORKER_LOG_FD, WORKER_OUT_FD } from './worker-fds.js';

/** What a worker runs. */
export const WORKER_FILE = fileURLToPath(new URL('./worker.child.js', import.meta.url));

/** SECURITY: what may have a secret, or is for the first process alone. */
const FOREIGN = /^(?:REDIS_URL|KNOCKGATE_)/u;

export interface Inherited {
  /** The log file, which it may perhaps not open itself. */
  readonly logFd: number | undefined;
  /** Keeps the kernel's look-up in force for as long as the worker lives, so that a port stays hidden until nobody listens. */
  readonly linkFd: number | undefined;
}

/** Starts a worker as who this process is now. It does nothing until it is told. */
export function forkWorker({ logFd, linkFd }: Inherited): ChildProcess {
  const stdio: ('ignore' | 'pipe' | 'ipc' | number)[] = ['ignore', 'ignore', 'pipe', 'ipc'];
  stdio[WORKER_LOG_FD] = logFd ?? 'ignore';
  stdio[WORKER_LINK_FD] = linkFd ?? 'ignore';
  stdio[WORKER_OUT_FD] = process.stdout.fd;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
  const worker = fork(WORKER_FILE, [], { serialization: 'advanced', stdio, env });
  worker.stderr!.on('data', (text: Buffer) => process.stderr.write(text)); // what V8 and Node have to say at a crash
  return worker;
}
