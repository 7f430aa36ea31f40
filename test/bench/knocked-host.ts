import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { recipe } from '../e2e/recipe.fixture.js';
import type { Host } from '../lab/host.js';
import { Knockgate } from '../lab/knockgate.js';
import { Nginx } from '../lab/nginx.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { DOOR_PORT, SEQUENCE } from './knockers.js';

const SHUT_WITHIN_MS = 5000;
/** The listener looks each second. */
const DROPS_SAID_AFTER_MS = 1200;
const DROPPED = /"event":"packets_dropped","count":(\d+)/u;

export type Capture = 'packet' | 'raw';

export interface KnockgateHostOptions {
  readonly capture: Capture;
  /** `listen` hears and grants, and opens nothing. */
  readonly command?: 'up' | 'listen';
}

/** knockgate with a real Redis and a real nginx behind it. */
export class KnockgateHost implements AsyncDisposable {
  private constructor(
    readonly knockgate: Knockgate,
    private readonly redis: RedisServer,
    private readonly nginx: Nginx,
  ) {}

  static async start(host: Host, { capture, command = 'up' }: KnockgateHostOptions): Promise<KnockgateHost> {
    const [redis, nginx] = [await RedisServer.start({ host }), await Nginx.start({ host })];
    await using directory = await TempDir.create('bench');
    const file = directory.file('knockgate.yaml');
    const door = { sequence: SEQUENCE, listen: `0.0.0.0:${DOOR_PORT}`, upstream: nginx.url, hide: 'auto' };
    await writeFile(file, JSON.stringify({ store: redis.url, capture, doors: { HTTP: door } }));
    const ready = command === 'up' ? /"event":"ready"/u : /"event":"hearing"/u;
    const knockgate = await Knockgate.start([command, '--config', file], { host, ready });
    return new KnockgateHost(knockgate, redis, nginx);
  }

  get pid(): number {
    return this.knockgate.program.pid;
  }

  /** Packets that it says were lost, since it had said so many lines. Waits until it has had the time to. */
  async dropped(sinceLine: number): Promise<number> {
    await delay(DROPS_SAID_AFTER_MS);
    const { lines, lineCount } = this.knockgate.program;
    const said = lines.slice(Math.max(0, lines.length - (lineCount - sinceLine))).map((line) => DROPPED.exec(line));
    return said.reduce((sum, match) => sum + Number(match?.[1] ?? 0), 0);
  }

  /** Ends all grants. */
  async shut(): Promise<void> {
    const after = this.knockgate.program.lineCount;
    const open = Number(await this.redis.cli('DBSIZE'));
    await this.redis.cli('FLUSHALL');
    if (open > 0) await this.knockgate.waitForLog(/revoked/u, { after, timeoutMs: SHUT_WITHIN_MS }).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.knockgate[Symbol.asyncDispose]();
    await this.nginx.stop();
    await this.redis.stop();
  }
}

const FIREWALL = `*filter
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A INPUT -p tcp --dport 22 -j ACCEPT
-A INPUT -j DROP
COMMIT
`;

/** The recipe: the real knockd, its firewall, nginx. */
export class KnockdHost implements AsyncDisposable {
  private constructor(
    private readonly host: Host,
    readonly knockd: Program,
    private readonly nginx: Nginx,
  ) {}

  static async start(host: Host): Promise<KnockdHost> {
    const knockdHost = new KnockdHost(
      host,
      await startKnockd(host),
      await Nginx.start({ host, address: host.address, port: DOOR_PORT }),
    );
    await knockdHost.shut();
    return knockdHost;
  }

  get pid(): number {
    return this.knockd.pid;
  }

  /** Takes away the rules of all that were let in. */
  async shut(): Promise<void> {
    const { code, stderr } = await this.host.run('iptables-restore', [], { input: FIREWALL });
    if (code !== 0) throw new Error(`iptables-restore: ${stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.knockd.kill(); // it heeds a SIGTERM at its next packet
    await this.nginx.stop();
  }
}

async function startKnockd(host: Host): Promise<Program> {
  await using directory = await TempDir.create('knockd');
  const file = directory.file('knockd.conf');
  await writeFile(file, recipe());
  const knockd = host.spawn('knockd', ['-D', '-v', '-i', host.interface, '-c', file]);
  await knockd.waitForLine(/^listening on/u);
  return knockd;
}
