import type { Host } from '../lab/host.js';
import { NetLab } from '../lab/netlab.js';
import { Nginx } from '../lab/nginx.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { onCore } from './on-core.js';
import { type PeerName, startPeer } from './peers/start-peer.js';
import { DOOR, type GatewaySettings, startGateway } from './start-gateway.js';

/** Bytes of what / and /big answer. */
export const BODY = { page: 612, big: 1_000_000 } as const;

export interface ProxyLabOptions {
  readonly mode: GatewaySettings['mode'];
  readonly peers: readonly PeerName[];
  /** Of each of them, by the folder of the lab's files. */
  readonly env?: (directory: string) => Readonly<Record<string, string>>;
}

/** One of those that are compared. */
export interface Proxy {
  /** Without a slash at the end. */
  readonly url: string;
  readonly pid: number;
}

const FIRST_PORT = 8080;
const START_TIMEOUT_MS = 20_000;
const GRANT_MS = '3600000';

/** knockgate and its peers beside each other on one core of one host, before the same nginx on the other core. */
export class ProxyLab implements AsyncDisposable {
  readonly client: Host;
  readonly server: Host;

  private constructor(
    lab: NetLab,
    /** The same page without a proxy, for `server` alone. */
    readonly upstream: string,
    readonly directory: string,
    private readonly proxies: ReadonlyMap<string, Proxy>,
    private readonly parts: readonly AsyncDisposable[],
  ) {
    this.client = lab.host('client');
    this.server = lab.server;
  }

  /** Resolves once each of them has given the page to the client. @throws (rejects) if one does not; nothing is left then */
  static async start({ mode, peers, env = () => ({}) }: ProxyLabOptions): Promise<ProxyLab> {
    const parts: AsyncDisposable[] = [];
    const keep = <T extends AsyncDisposable>(part: T): T => (parts.unshift(part), part);
    try {
      const lab = keep(await NetLab.create({ clients: ['client'] }));
      const host = lab.server;
      const { path: directory } = keep(await TempDir.create('proxies'));
      const nginx = keep(await startUpstream(host));
      const redis = keep(await RedisServer.start({ host }));
      const client = lab.host('client');
      await redis.cli('SET', `knockgate:{${DOOR}}:grant:${client.address}`, 'by hand', 'PX', GRANT_MS);
      const common = { host, address: host.address, upstream: new URL(nginx.url), directory, env: env(directory) };
      const proxies = new Map<string, Proxy>();
      for (const [i, who] of (['knockgate', ...peers] as const).entries()) {
        const settings = { ...common, port: FIRST_PORT + i };
        const own = { mode, store: redis.url };
        const program = keep(
          await (who === 'knockgate' ? startGateway({ ...settings, ...own }) : startPeer(who, settings)),
        );
        const url = `http://${host.address}:${settings.port}`;
        await answers(client, url, program);
        proxies.set(who, { url, pid: program.pid });
      }
      return new ProxyLab(lab, nginx.url, directory, proxies, parts);
    } catch (error) {
      for (const part of parts) await part[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @throws for one that was not started */
  proxy(who: string): Proxy {
    const proxy = this.proxies.get(who);
    if (proxy === undefined) throw new Error(`no ${who} in this lab`);
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.parts) await part[Symbol.asyncDispose]();
  }
}

/** nginx with the page and the file. */
export function startUpstream(host: Host): Promise<Nginx> {
  return Nginx.start({
    host,
    wrap: onCore('rest'),
    page: 'x'.repeat(BODY.page),
    bigBytes: BODY.big,
    accessLog: false,
  });
}

/** Asks until the page comes. @throws (rejects) if it does not */
export async function answers(client: Host, url: string, program: Program): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const args = ['-s', '-o', '/dev/null', '-w', '%{http_code} %{size_download}', `${url}/`];
    const { stdout } = await client.run('curl', args);
    if (stdout === `200 ${BODY.page}`) return;
    if (program.exitCode !== undefined || performance.now() > deadline) {
      throw new Error(`${url} does not answer (${stdout}); its program said:\n${program.lines.join('\n')}`);
    }
  }
}
