import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../lab/host.js';
import { Knockgate } from '../lab/knockgate.js';
import type { Program } from '../lab/program.js';
import { onCore } from './on-core.js';

export interface GatewaySettings {
  readonly host: Host;
  readonly mode: 'http' | 'tcp';
  readonly address: string;
  readonly port: number;
  readonly upstream: URL;
  readonly store: string;
  /** For its files. */
  readonly directory: string;
  /** With it the gateway has all cores. */
  readonly workers?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export const DOOR = 'PAGE';

/** `knockgate serve`, on the core of what is measured or on all, its log in a file as a service's is; it may not listen yet. */
export async function startGateway(settings: GatewaySettings): Promise<Program> {
  const { host, mode, address, port, upstream, store, directory, workers, env = {} } = settings;
  const config = join(directory, 'knockgate.yaml');
  const door = {
    sequence: [7341, 6120, 9853],
    listen: `${address}:${port}`,
    mode,
    upstream: upstreamOf(mode, upstream),
  };
  await writeFile(config, JSON.stringify({ store, workers, doors: { [DOOR]: door } })); // JSON is YAML
  const cores = workers === undefined ? onCore('measured') : [];
  const command = [...cores, ...Knockgate.command(['serve', '--config', config])];
  return host.spawn('sh', ['-c', 'exec "$@" >"$0"', join(directory, 'knockgate.log'), ...command], { env });
}

function upstreamOf(mode: GatewaySettings['mode'], { host, origin }: URL): string {
  return mode === 'tcp' ? `tcp://${host}` : origin;
}
