import { writeFile } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { LabBrowser } from '../lab/browser.js';
import type { Host } from '../lab/host.js';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';

export const ORIGIN = 'http://127.0.0.1:4080';
const TOKEN = 'a-token-of-43-characters-0123456789-ABCDEFG';
export const HTTP_KNOCKS = ['7341', '6120', '9853', '8264'] as const;
export const HTTP_PORT = 8080;
export const SSH_KNOCKS = ['5102:udp', '4770', '6390', '7715', '9021:udp'] as const;
export const SSH_PORT = '2222';

/** The host that pages, and pictures of them, show. */
const NAMED = ['unshare', '--uts', 'sh', '-c', 'echo gate-1 > /proc/sys/kernel/hostname && exec "$@"', 'sh'];

const config = (redis: string, tokenFile: string): string => `
store: ${redis}
capture: packet
console: { listen: 127.0.0.1:4080, token_file: ${tokenFile} }
doors:
  HTTP: { sequence: '${HTTP_KNOCKS.join(',')}', tcpflags: syn, cmd_timeout: 59, listen: ['0.0.0.0:${HTTP_PORT}', '[::]:${HTTP_PORT}'], upstream: sample }
  SSH: { sequence: '${SSH_KNOCKS.join(',')}', cmd_timeout: 10m, seq_timeout: 20, listen: ['0.0.0.0:${SSH_PORT}', '[::]:${SSH_PORT}'], upstream: 'tcp://127.0.0.1:22', hide: reset }
`;

/** An opened page, and what must not have happened on it. */
export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** Scripts that failed, what the Content-Security-Policy kept from it, and requests to anywhere else. */
  readonly faults: readonly string[];
}

/** listen, serve and console on one host, with Redis; a browser beside them; and somebody who knocks. */
export class PageLab implements AsyncDisposable {
  readonly link = `${ORIGIN}/#token=${TOKEN}`;
  readonly token = TOKEN;

  private constructor(
    readonly lab: NetLab,
    readonly redis: RedisServer,
    readonly browser: LabBrowser,
    private readonly folder: TempDir,
    private readonly processes: Map<string, Knockgate>,
  ) {}

  static async start(): Promise<PageLab> {
    const lab = await NetLab.create({ clients: ['caller', 'stranger'] });
    try {
      const folder = await TempDir.create('console');
      const redis = await RedisServer.start({ host: lab.server, port: 6379 });
      await writeFile(folder.file('token'), TOKEN, { mode: 0o600 });
      await writeFile(folder.file('knockgate.yaml'), config(redis.url, folder.file('token')));
      const started = new PageLab(lab, redis, await LabBrowser.start(lab.server), folder, new Map());
      for (const role of ['listen', 'serve', 'console']) await started.run(role);
      return started;
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  async run(role: string): Promise<void> {
    const args = [role, '--config', this.folder.file('knockgate.yaml')];
    const options = { host: this.lab.server, ready: /"ready: /, wrap: NAMED };
    this.processes.set(role, await Knockgate.start(args, options));
  }

  async end(role: string): Promise<void> {
    await this.processes.get(role)?.stop();
  }

  host(name: 'caller' | 'stranger'): Host {
    return this.lab.host(name);
  }

  async knock(from: Host, ports: readonly string[], target = this.lab.server.address): Promise<void> {
    const { code, stderr } = await Knockgate.run(['knock', target, ...ports], { host: from });
    if (code !== 0) throw new Error(`knock: ${stderr}`);
  }

  /** A page of its own, with its own cookies; signed in unless told otherwise. */
  async open(options: BrowserContextOptions = {}, address = this.link): Promise<OpenedPage> {
    const context = await this.browser.browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', ({ message }) => faults.push(message));
    page.on('console', (line) => line.text().includes('Content Security Policy') && faults.push(line.text()));
    page.on('request', (request) => request.url().startsWith(`${ORIGIN}/`) || faults.push(request.url()));
    await page.goto(address);
    return { page, faults, [Symbol.asyncDispose]: () => context.close() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.processes.values()].map((each) => each[Symbol.asyncDispose]()));
    await this.browser[Symbol.asyncDispose]();
    await this.redis.stop();
    await this.folder.remove();
    await this.lab.stop();
  }
}
