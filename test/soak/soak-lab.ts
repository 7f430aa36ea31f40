import { readFile, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { Nginx } from '../lab/nginx.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { trafficFile } from '../lab/traffic/clients.js';
import { EchoUpstream } from '../lab/traffic/echo-upstream.js';
import type { TrafficDoor } from '../lab/traffic/traffic-door.js';
import type { Role } from './roles.js';

const doorsWith = (share: number): readonly TrafficDoor[] => [
  { name: 'PAGE', kind: 'pages', port: 80, sequence: [7341, 6120, 9853, 8264], openMs: 12_000 * share },
  { name: 'CHAT', kind: 'websocket', port: 8080, sequence: [7342, 6121, 9854, 8265], openMs: 15_000 * share },
  { name: 'SHELL', kind: 'echo', port: 2222, sequence: [7343, 6122, 9855, 8266], openMs: 10_000 * share },
];

/** What of their time grants last, in a hurry. */
const HURRIED = 1 / 3;

const CONSOLE_PORT = 4080;
const DOWNLOAD = randomBytes(3_000_000);
/** Entries of each trail: few, so that Redis holds as many as it ever will before anything is measured. */
const EVENTS = 500;
const PAGE = '<!doctype html><title>hidden</title><h1>The hidden page</h1>\n'.repeat(10);
/** SIGUSR2 collects the garbage and has it tell what is left. */
const PROBE = fileURLToPath(new URL('../bench/memory-on-signal.cjs', import.meta.url));

interface Parts {
  readonly lab: NetLab;
  readonly redis: RedisServer;
  readonly nginx: Nginx;
  readonly doors: readonly TrafficDoor[];
  readonly folder: TempDir;
}

/** A network with all of knockgate as separate processes, a real Redis, and what the doors hide. */
export class SoakLab implements AsyncDisposable {
  readonly files = [trafficFile('/', Buffer.from(PAGE)), trafficFile('/download', DOWNLOAD)] as const;
  readonly processes = new Map<Role, Knockgate>();
  private readonly started: AsyncDisposable[] = [];

  readonly lab: NetLab;
  readonly redis: RedisServer;
  readonly nginx: Nginx;
  readonly doors: readonly TrafficDoor[];
  private readonly folder: TempDir;

  private constructor(parts: Parts) {
    this.lab = parts.lab;
    this.redis = parts.redis;
    this.nginx = parts.nginx;
    this.doors = parts.doors;
    this.folder = parts.folder;
  }

  /** @param hurried with grants that are soon over */
  static async start({ hurried }: { readonly hurried: boolean }): Promise<SoakLab> {
    const lab = await NetLab.create({ clients: ['clients', 'strangers', 'flooder'] });
    const host = lab.server;
    const redis = await RedisServer.start({ host });
    const nginx = await Nginx.start({ host, page: PAGE, accessLog: false });
    const doors = doorsWith(hurried ? HURRIED : 1);
    const soak = new SoakLab({ lab, redis, nginx, folder: await TempDir.create('soak'), doors });
    try {
      await soak.startAll();
      return soak;
    } catch (error) {
      await soak[Symbol.asyncDispose]();
      throw error;
    }
  }

  get config(): string {
    return this.folder.file('knockgate.yaml');
  }

  get consoleUrl(): string {
    return `http://127.0.0.1:${CONSOLE_PORT}`;
  }

  async token(): Promise<string> {
    return (await readFile(this.folder.file('token'), 'utf8')).trim();
  }

  programOf(role: Role): Program {
    return this.processes.get(role)!.program;
  }

  /** Ends all of them in good order. @throws (rejects) if one does not end well */
  async end(): Promise<void> {
    for (const knockgate of this.processes.values()) await knockgate.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.started.toReversed()) await one[Symbol.asyncDispose]();
    await this.nginx.stop();
    await this.redis.stop();
    await this.folder.remove();
    await this.lab.stop();
  }

  private async startAll(): Promise<void> {
    const { server: host } = this.lab;
    const echo = await EchoUpstream.start(host);
    this.started.push(echo);
    await this.writeFiles(echo);
    for (const [role, command] of [
      ['listener', 'listen'],
      ['gateway', 'serve'],
      ['console', 'console'],
    ] as const) {
      const ready = role === 'listener' ? /"event":"hearing"/u : /"event":"ready"/u;
      const env = { NODE_OPTIONS: `--require ${PROBE}` };
      const knockgate = await Knockgate.start([command, '--config', this.config], { host, env, ready });
      this.processes.set(role, knockgate);
      this.started.push(knockgate);
    }
  }

  private async writeFiles(echo: EchoUpstream): Promise<void> {
    const upstreams = { pages: this.nginx.url, websocket: echo.httpUrl, echo: echo.tcpUrl };
    const doors = this.doors.map(({ name, kind, port, sequence, openMs }) => [
      name,
      {
        sequence,
        seq_timeout: 20,
        cmd_timeout: `${Math.round(openMs)}ms`,
        listen: [`0.0.0.0:${port}`, `[::]:${port}`],
        upstream: upstreams[kind],
        hide: 'closed',
      },
    ]);
    const settings = {
      store: this.redis.url,
      limits: { events: EVENTS },
      console: { listen: `127.0.0.1:${CONSOLE_PORT}`, token_file: './token' },
      doors: Object.fromEntries(doors) as object,
    };
    await writeFile(this.config, JSON.stringify(settings)); // JSON is YAML
    await writeFile(this.nginx.directory.file('site/download'), DOWNLOAD);
  }
}
