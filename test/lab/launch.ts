import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';

export interface LaunchOptions {
  /** Added to this process's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The network namespace to run in, by name; none: this process's own. */
  readonly netns?: string;
}

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

// Debian keeps ip, nginx, iptables and hping3 in sbin, which a PATH may lack.
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

// Whole families of variables by which a developer's shell, npm or vitest would change what a test starts.
const FOREIGN = /^(?:npm_|VITEST|KNOCKGATE_|REDIS_URL$|NODE_OPTIONS$|NODE_ENV$|TEST$)/;

/**
 * Starts a program that cannot outlive this process: the kernel kills it when its parent dies, however that dies
 * (prctl(2), PR_SET_PDEATHSIG). Neither wrapper forks, so the child's pid is the program's own.
 */
export function launch(command: string, args: readonly string[], options: LaunchOptions = {}): Child {
  const enter = options.netns === undefined ? [] : ['ip', 'netns', 'exec', options.netns];
  return spawn('setpriv', ['--pdeathsig', 'KILL', ...enter, command, ...args], {
    env: environment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

/** A shell's convention: 128 + signal for a program that a signal ended. */
export function exitCode(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

function environment(extra: LaunchOptions['env']): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !FOREIGN.test(name));
  return { ...Object.fromEntries(own), PATH: [process.env['PATH'], ...SBIN].join(':'), ...extra };
}
