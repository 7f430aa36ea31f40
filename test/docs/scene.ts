import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, vi } from 'vitest';
import type { Host } from '../lab/host.js';
import { NetLab } from '../lab/netlab.js';
import { Nginx } from '../lab/nginx.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { type Completed, mustRun } from '../lab/run.js';
import { ROOT } from './doc-page.js';

/** The addresses that the docs name. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  server: ['192.0.2.1'],
  client: ['203.0.113.7'],
  balancer: ['192.0.2.1', '10.0.0.2'],
  gateway1: ['10.0.0.11'],
  gateway2: ['10.0.0.12'],
  inside: ['10.0.0.5'],
};
const HOSTS = '127.0.0.1 localhost\n192.0.2.1 example.org HOST\n';
/** What commands write to is theirs: the same files as the machine's, and what the scene's commands changed. */
const OVERLAID = ['/etc', '/opt', '/usr/local', '/usr/lib/sysusers.d', '/var/lib', ROOT.replace(/\/$/u, '')];
/** On a tmpfs, as overlayfs wants a file system that is no overlay itself. */
const SHARED_MEMORY = '/dev/shm';
const SHIMS: Readonly<Record<string, string>> = {
  knockgate: `exec node ${ROOT}/dist/apps/cli/main.js "$@"`,
  sudo: 'exec "$@"',
};

export interface SceneOptions {
  readonly hosts?: readonly string[];
  /** Whether there are a Redis and an nginx with a page where the docs have them. */
  readonly services?: boolean;
}

export interface ShellOptions {
  readonly host?: string;
  /** Whether it runs in a terminal, as a person's. */
  readonly terminal?: boolean;
  readonly timeoutMs?: number;
}

/**
 * Where the commands of the docs are typed, as they stand: hosts with the names and addresses of the docs, whose /etc,
 * /opt, checkout … are the machine's own, but for what is written there, which stays in the scene.
 */
export class Scene implements AsyncDisposable {
  readonly #started: AsyncDisposable[] = [];
  redis!: RedisServer;
  nginx!: Nginx;

  private constructor(
    private readonly lab: NetLab,
    private readonly folder: string,
  ) {}

  static async create({ hosts = ['client'], services = true }: SceneOptions = {}): Promise<Scene> {
    const folder = await mkdtemp(join(SHARED_MEMORY, 'knockgate-docs-'));
    await mustRun('chmod', ['755', folder]);
    const scene = new Scene(await NetLab.create({ clients: hosts }), folder);
    try {
      await scene.prepare();
      if (services) await scene.startServices();
      return scene;
    } catch (error) {
      await scene[Symbol.asyncDispose]();
      throw error;
    }
  }

  host(name: string): Host {
    return this.lab.host(name);
  }

  /** Where a file of the scene really is. */
  path(file: string): string {
    const index = OVERLAID.findLastIndex((each) => file.startsWith(`${each}/`) || !file.startsWith('/'));
    const base = OVERLAID[index]!;
    return join(this.folder, String(index), 'upper', file.startsWith('/') ? file.slice(base.length) : file);
  }

  /** @param file absolute, or from the root of the checkout */
  async write(file: string, text: string): Promise<void> {
    const path = this.path(file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  /** Runs a line of shell; one that ends badly is no fault here. */
  shell(
    line: string,
    { host = 'server', terminal = false, timeoutMs = 40_000 }: ShellOptions = {},
  ): Promise<Completed> {
    const words = terminal
      ? ['script', '-qec', `bash -c ${quoted(line)}`, '/dev/null']
      : ['bash', '-c', `set -eo pipefail; ${line}`];
    return this.host(host).run('unshare', [...this.#enter, ...words], { timeoutMs, env: this.#environment });
  }

  /** A program that goes on; it ends with the scene. */
  async start(line: string, ready?: RegExp, { host = 'server' }: ShellOptions = {}): Promise<Program> {
    const words = [...this.#enter, 'bash', '-c', `exec ${line}`];
    const program = this.host(host).spawn('unshare', words, { env: this.#environment });
    this.#started.push(program);
    if (ready !== undefined) await program.waitForLine(ready, 20_000);
    return program;
  }

  /** Asks until the answer is as wanted. */
  async until(line: string, wanted: RegExp): Promise<void> {
    await vi.waitFor(async () => expect((await this.shell(line)).stdout).toMatch(wanted), { timeout: 10_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#started.toReversed()) await each[Symbol.asyncDispose]();
    await this.lab.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get #environment(): Record<string, string> {
    const path = `${this.folder}/bin:${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin`;
    // /usr/local is the scene's own; and no command of the docs fetches anything
    const npm = { npm_config_progress: 'false', npm_config_prefix: '/usr/local', npm_config_offline: 'true' };
    return { PATH: path, HOME: `${this.folder}/home`, NO_COLOR: '1', TERM: 'xterm', ...npm };
  }

  /** A mount namespace of the command's own. */
  get #enter(): string[] {
    return ['--mount', '--propagation', 'private', 'bash', `${this.folder}/enter`];
  }

  private async prepare(): Promise<void> {
    const mounts = OVERLAID.map((directory, index) => {
      const own = join(this.folder, String(index));
      return `mount -t overlay overlay -o lowerdir=${directory},upperdir=${own}/upper,workdir=${own}/work ${directory}`;
    });
    for (const [index] of OVERLAID.entries()) {
      for (const part of ['upper', 'work']) await mkdir(join(this.folder, String(index), part), { recursive: true });
    }
    for (const name of ['bin', 'home']) await mkdir(join(this.folder, name));
    // one at a time: a mount of overlayfs empties the work folder first, which another one may be about to use
    const alone = [`exec {lock}>${join(this.folder, 'lock')}`, 'flock $lock', ...mounts, 'exec {lock}>&-'];
    await writeFile(join(this.folder, 'enter'), ['set -e', ...alone, `cd ${ROOT}`, 'exec "$@"', ''].join('\n'));
    for (const [name, text] of Object.entries(SHIMS)) {
      await writeFile(join(this.folder, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    await this.write('/etc/hosts', HOSTS);
    for (const { name } of this.lab.hosts) await this.address(name);
  }

  private async address(name: string): Promise<void> {
    const host = this.host(name);
    const own = this.addressesOf(name);
    const others = this.lab.hosts.filter((each) => each.name !== name).flatMap((each) => this.addressesOf(each.name));
    const lines = [
      ...own.map((address) => `addr add ${address}/32 dev ${host.interface}`),
      ...others.map((to) => `route add ${to} dev ${host.interface} src ${sourceFor(to, own) ?? host.address}`),
    ];
    await mustRun('ip', ['-n', host.netns!, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  }

  /** Where there is a balancer, the world knows its address only, and the server is for those inside. */
  private addressesOf(name: string): readonly string[] {
    return ADDRESSES[name === 'server' && this.isBehind ? 'inside' : name] ?? [];
  }

  private get isBehind(): boolean {
    return this.lab.hosts.some(({ name }) => name === 'balancer');
  }

  async startNginx(): Promise<void> {
    this.nginx = await Nginx.start({ host: this.host('server'), address: this.inside, port: 8081 });
    this.#started.push(this.nginx);
  }

  private async startServices(): Promise<void> {
    this.redis = await RedisServer.start({ host: this.host('server'), address: this.inside, port: 6379 });
    this.#started.push(this.redis);
    await this.startNginx();
  }

  private get inside(): string {
    return this.isBehind ? '0.0.0.0' : '127.0.0.1';
  }
}

/** What is inside is asked from inside. */
function sourceFor(to: string, own: readonly string[]): string | undefined {
  return own.find((address) => isInside(address) === isInside(to)) ?? own[0];
}

function isInside(address: string): boolean {
  return address.startsWith('10.');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
