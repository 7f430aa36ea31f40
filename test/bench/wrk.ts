import type { Host } from '../lab/host.js';
import { onCore } from './on-core.js';
import { parseWrk, type WrkResult } from './parse-wrk.js';

export interface WrkOptions {
  readonly connections: number;
  readonly seconds: number;
  /** A Lua file, and its arguments. */
  readonly script?: readonly [file: string, ...args: string[]];
}

const GRACE_MS = 15_000;

/** Asks for a URL again and again, with one request under way on each connection. @throws (rejects) if any answer was no success */
export async function wrk(from: Host, url: string, { connections, seconds, script }: WrkOptions): Promise<WrkResult> {
  const load = ['--latency', '-t1', `-c${connections}`, `-d${seconds}s`];
  const [file, ...args] = script ?? [];
  const scripted = file === undefined ? [url] : ['-s', file, url, '--', ...args];
  const [taskset, ...words] = [...onCore('rest'), 'wrk', ...load, ...scripted] as [string, ...string[]];
  const { code, stdout, stderr } = await from.run(taskset, words, { timeoutMs: seconds * 1000 + GRACE_MS });
  if (code !== 0) throw new Error(`wrk ${url}: exit code ${code}\n${stderr}${stdout}`);
  const result = parseWrk(stdout);
  if (result.faults.length > 0) throw new Error(`wrk ${url}: ${result.faults.join('; ')}`);
  return result;
}
