import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Host } from '../../lab/host.js';
import type { Program } from '../../lab/program.js';
import { onCore } from '../on-core.js';
import { haproxyConfig } from './haproxy-config.js';
import { nginxProxyConfig } from './nginx-proxy-config.js';

export type PeerName = 'http-proxy' | '@fastify/http-proxy' | 'nginx' | 'HAProxy' | 'relay in Node';

export interface PeerSettings {
  readonly host: Host;
  readonly address: string;
  readonly port: number;
  readonly upstream: URL;
  /** For its files. */
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts it on the core of what is measured; it may not listen yet. */
export async function startPeer(name: PeerName, settings: PeerSettings): Promise<Program> {
  const [taskset, ...words] = [...onCore('measured'), ...(await commandOf(name, settings))];
  return settings.host.spawn(taskset, words, { env: settings.env ?? {} });
}

async function commandOf(name: PeerName, settings: PeerSettings): Promise<readonly string[]> {
  const { address, port, upstream, directory } = settings;
  const written = async (file: string, text: string): Promise<string> => {
    await writeFile(join(directory, file), text);
    return join(directory, file);
  };
  const node = (script: string): readonly string[] => {
    const path = fileURLToPath(new URL(script, import.meta.url));
    return [process.execPath, path, address, String(port), upstream.origin];
  };
  switch (name) {
    case 'http-proxy':
      return node('http-proxy.mjs');
    case '@fastify/http-proxy':
      return node('fastify-http-proxy.mjs');
    case 'relay in Node':
      return node('relay.mjs');
    case 'nginx':
      return ['nginx', '-p', directory, '-e', 'stderr', '-c', await written('proxy.conf', nginxProxyConfig(settings))];
    case 'HAProxy':
      return ['haproxy', '-db', '-f', await written('haproxy.cfg', haproxyConfig(settings))];
    default: {
      const unknown: never = name;
      throw new Error(`no peer ${String(unknown)}`);
    }
  }
}
