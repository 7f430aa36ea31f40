import { fileURLToPath } from 'node:url';
import type { Host } from '../lab/host.js';
import { onCore } from './on-core.js';

export interface PacedLoadOptions {
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly connections: number;
}

const SENDER = fileURLToPath(new URL('send-paced.mjs', import.meta.url));
const GRACE_MS = 15_000;

/**
 * Asks for a URL at a rate that does not depend on the answers.
 * @returns how many ms each answer took, from when its request was due @throws (rejects) if any answer was no success
 */
export async function pacedLoad(from: Host, url: string, options: PacedLoadOptions): Promise<readonly number[]> {
  const { rate, seconds, connections } = options;
  const figures = [Math.floor(rate), seconds, connections].map(String);
  const [taskset, ...words] = [...onCore('rest'), process.execPath, SENDER, url, ...figures];
  const { code, stdout, stderr } = await from.run(taskset, words, { timeoutMs: seconds * 1000 + GRACE_MS });
  if (code !== 0) throw new Error(`${url} at ${figures[0]} requests a second: ${stderr}`);
  return (JSON.parse(stdout) as number[]).map((us) => us / 1000);
}
