import { writeFile } from 'node:fs/promises';
import type { Host } from '../lab/host.js';
import { Knockgate } from '../lab/knockgate.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';

/** A way of hiding, by its place in the kernel where there are two. */
export type HidingWay = 'closed by steer' | 'closed by drop' | 'filtered' | 'reset';

const HIDE = { 'closed by steer': 'closed', 'closed by drop': 'closed', filtered: 'filtered', reset: 'reset' } as const;
// Without these a socket map cannot be made, and so nothing be steered; CAP_BPF stays.
const WITHOUT_STEERING = ['setpriv', '--bounding-set=-net_admin,-sys_admin', '--'];
// It speaks first, as ssh does: a connection that gets anywhere shows in a capture.
const GREETER = `require('node:net').createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-hidden\\r\\n'))
  .listen(2200, '127.0.0.1', () => console.log('greets'))`;
const LISTENING = '0A';

/** The doors, of IPv4 and IPv6, the first and the last of all addresses, and beside each of the first two a port at which nothing listens. */
export const PORT = { HTTP: 80, TCP: 2222, OTHER: 8443, closed: 81, closedToo: 2223 } as const;
type Door = 'HTTP' | 'TCP' | 'OTHER';

/** The gateway in a lab's server, with doors hidden one way, that opens for whom a test grants it. */
export class HiddenHost implements AsyncDisposable {
  private constructor(
    readonly host: Host,
    readonly redis: RedisServer,
    readonly gateway: Knockgate,
    private readonly greeter: Program,
  ) {}

  /** @throws if the ports are not hidden that way; then nothing is left running */
  static async start(host: Host, way: HidingWay): Promise<HiddenHost> {
    const started: AsyncDisposable[] = [];
    const keep = <T extends AsyncDisposable>(one: T): T => (started.unshift(one), one);
    try {
      const greeter = keep(host.spawn(process.execPath, ['-e', GREETER]));
      await greeter.waitForLine(/greets/);
      const redis = keep(await RedisServer.start({ host }));
      const gateway = keep(await serve(host, way, redis.url));
      const listens = await listensOn(host, PORT.HTTP);
      if (listens !== (way !== 'closed by steer')) throw new Error(`not ${way}: it listens there itself: ${listens}`);
      return new HiddenHost(host, redis, gateway, greeter);
    } catch (error) {
      for (const one of started) await one[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** As a person would with redis-cli; returns once this host gets in, by IPv4 and IPv6. */
  async grant(to: Host, door: Door): Promise<void> {
    for (const [source, target] of this.ways(to)) {
      await this.redis.cli('SET', key(door, source), 'by hand', 'PX', '3600000');
      const args = ['-z', '-w', '1', target, String(PORT[door])];
      while ((await to.run('nc', args)).code !== 0);
    }
  }

  /** Returns once it is over and cut. */
  async endGrant(of: Host, door: Door): Promise<void> {
    const ends = this.ways(of).map(async ([source]) => {
      await this.redis.cli('PEXPIRE', key(door, source), '200');
      await this.gateway.waitForLog(
        (one) => one['event'] === 'expired' && one['door'] === door && one['ip'] === source,
      );
    });
    await Promise.all(ends);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await this.redis.stop();
    await this.greeter.stop();
  }

  private ways(other: Host): readonly (readonly [source: string, target: string])[] {
    return [
      [other.address, this.host.address],
      [other.address6, this.host.address6],
    ];
  }
}

async function serve(host: Host, way: HidingWay, store: string): Promise<Knockgate> {
  await using directory = await TempDir.create('hidden');
  const file = directory.file('knockgate.yaml');
  await writeFile(file, config(host, store, HIDE[way]));
  const wrap = way === 'closed by drop' ? WITHOUT_STEERING : [];
  return await Knockgate.start(['serve', '--config', file], { host, wrap, ready: /"event":"ready"/ });
}

async function listensOn(host: Host, port: number): Promise<boolean> {
  const { stdout } = await host.run('cat', ['/proc/net/tcp']);
  const wanted = `:${port.toString(16).padStart(4, '0').toUpperCase()}`;
  return stdout.split('\n').some((line) => {
    const [, local, , state] = line.trim().split(/\s+/u);
    return local?.endsWith(wanted) === true && state === LISTENING;
  });
}

function config({ address, address6 }: Host, store: string, hide: string): string {
  const everywhere = (port: number): string[] => [`0.0.0.0:${port}`, `[::]:${port}`];
  // the kernel finds a door of one address by another key than one of all
  const here = [`${address}:${PORT.TCP}`, `[${address6}]:${PORT.TCP}`];
  const door = (port: number, more: object): object => ({
    sequence: [7000, 20_000 + port],
    listen: everywhere(port),
    hide,
    ...more,
  });
  return JSON.stringify({
    store,
    log_level: 'debug',
    doors: {
      HTTP: door(PORT.HTTP, { upstream: 'sample' }),
      TCP: door(PORT.TCP, { listen: here, mode: 'tcp', upstream: 'tcp://127.0.0.1:2200' }),
      OTHER: door(PORT.OTHER, { upstream: 'sample' }),
    },
  });
}

function key(door: Door, ip: string): string {
  return `knockgate:{${door}}:grant:${ip}`;
}
