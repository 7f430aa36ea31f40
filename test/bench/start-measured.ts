import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Host } from '../lab/host.js';
import { Knockgate } from '../lab/knockgate.js';
import type { RedisServer } from '../lab/redis-server.js';
import type { TempDir } from '../lab/temp-dir.js';

const REPORTER = fileURLToPath(new URL('memory-on-signal.cjs', import.meta.url));

export interface Measured {
  readonly knockgate: Knockgate;
  /** Milliseconds from the process's start to `ready`. */
  readonly readyMs: number;
}

export interface MeasuredOptions {
  readonly host: Host;
  readonly redis: RedisServer;
  readonly directory: TempDir;
  readonly command?: 'serve' | 'up';
  readonly workers?: number;
  /** Can be asked for its memory by SIGUSR2 (memory-on-signal.cjs). */
  readonly tellsMemory?: boolean;
}

/** The door at which the measured gateway lets in: port 80, hidden as well as can be. */
export const DOOR = 'HTTP';

/** Starts `knockgate serve` or `up` as root in a lab, and takes the time. */
export async function startMeasured(options: MeasuredOptions): Promise<Measured> {
  const { host, redis, directory, command = 'serve', workers = 1, tellsMemory = false } = options;
  const file = directory.file('knockgate.yaml');
  const door = { sequence: [7341, 6120, 9853], listen: ['0.0.0.0:80', '[::]:80'], upstream: 'sample' };
  await writeFile(file, JSON.stringify({ store: redis.url, workers, doors: { [DOOR]: door } })); // JSON is YAML
  const env = tellsMemory ? { NODE_OPTIONS: `--require ${REPORTER}` } : {};
  const start = performance.now();
  const knockgate = await Knockgate.start([command, '--config', file], { host, env, ready: /"event":"ready"/ });
  return { knockgate, readyMs: performance.now() - start };
}
