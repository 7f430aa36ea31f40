import { readFile, writeFile } from 'node:fs/promises';
import { vi } from 'vitest';
import { freePort } from '../lab/free-port.js';
import { mustRun, run } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';
import { type Compose, root } from './docker-engine.js';

const BUILD_TIMEOUT_MS = 240_000;
const COMMAND_TIMEOUT_MS = 60_000;
const HEALTHY_TIMEOUT_MS = 60_000;

export const SERVICES = ['redis', 'nginx', 'listener', 'gateway', 'console'] as const;
export type Service = (typeof SERVICES)[number];

export interface Ports {
  readonly door: number;
  readonly page: number;
  /** The page too, for who sends a PROXY header. */
  readonly proxied: number;
  readonly redis: number;
  readonly console: number;
}

/**
 * docker-compose.yml as it is shipped, under a project name of its own. Only the ports are others: the usual ones may be
 * in use on this machine, whose network the containers share.
 */
export class ComposeStack implements AsyncDisposable {
  private overlays: readonly string[] = [];

  private constructor(
    private readonly compose: Compose,
    private readonly project: string,
    private readonly directory: TempDir,
    readonly ports: Ports,
  ) {}

  /** Builds the images and resolves once all containers are healthy. Rejects with their logs, and nothing left. */
  static async up(compose: Compose, project: string): Promise<ComposeStack> {
    const ports = {
      door: await freePort(),
      page: await freePort(),
      proxied: await freePort(),
      redis: await freePort(),
      console: await freePort(),
    };
    const stack = new ComposeStack(compose, project, await TempDir.create('compose'), ports);
    try {
      await stack.writeFiles();
      await stack.run(['up', '-d', '--build'], BUILD_TIMEOUT_MS);
      await stack.healthy();
      return stack;
    } catch (error) {
      const logs = await stack.logs().catch(() => '');
      await stack.down();
      throw new Error(`${compose.name} up: ${(error as Error).message}\n${logs}`, { cause: error });
    }
  }

  /** The config that the containers see; a change counts from their next start on. */
  get config(): string {
    return this.directory.file('knockgate.yaml');
  }

  async editConfig(edit: (yaml: string) => string): Promise<void> {
    await writeFile(this.config, edit(await readFile(this.config, 'utf8')));
  }

  /** Starts again with these files laid over docker-compose.yml, and waits until all is healthy. */
  async overlay(...files: readonly string[]): Promise<void> {
    this.overlays = files.map((file) => `${root}${file}`);
    await this.run(['up', '-d']);
    await this.healthy();
  }

  async restart(...services: readonly Service[]): Promise<void> {
    await this.run(['restart', ...services]);
    await this.healthy();
  }

  /** What redis-cli prints in the container. */
  async redis(...command: readonly string[]): Promise<string> {
    return (await this.run(['exec', '-T', 'redis', 'redis-cli', '-p', String(this.ports.redis), ...command])).trim();
  }

  /** What a command in a service's container prints. */
  exec(service: Service, ...command: readonly string[]): Promise<string> {
    return this.run(['exec', '-T', service, ...command]);
  }

  async id(service: Service): Promise<string> {
    return (await this.run(['ps', '-a', '-q', service])).trim();
  }

  /** A Go template's value from `docker inspect`, which is JSON. */
  async inspect(service: Service, path: string): Promise<unknown> {
    return JSON.parse(await mustRun('docker', ['inspect', '-f', `{{json ${path}}}`, await this.id(service)]));
  }

  /** Of these services, or of all. */
  logs(...services: readonly Service[]): Promise<string> {
    return this.run(['logs', '--no-color', ...services]);
  }

  /** Takes everything away: containers, volumes, the images that were built. */
  private async down(): Promise<void> {
    await this.run(['down', '-v', '--rmi', 'local', '--remove-orphans', '-t', '3']);
    await this.directory.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  private async healthy(): Promise<void> {
    await vi.waitFor(
      async () => {
        const states = await Promise.all(SERVICES.map((service) => this.inspect(service, '.State.Health.Status')));
        const ill = SERVICES.filter((_service, i) => states[i] !== 'healthy');
        if (ill.length > 0) throw new Error(`not healthy: ${ill.join(', ')}`);
      },
      { timeout: HEALTHY_TIMEOUT_MS, interval: 500 },
    );
  }

  private async writeFiles(): Promise<void> {
    const { door, page, proxied, console: operator } = this.ports;
    await this.copy('docker/knockgate.yaml', (yaml) =>
      yaml
        .replaceAll(':8080', `:${door}`)
        .replace(':8081', `:${page}`)
        .replace(':8082', `:${proxied}`)
        .replace(':4080', `:${operator}`),
    );
    const nginxConf = await this.copy('docker/nginx.conf', (conf) =>
      conf
        .replace('listen 127.0.0.1:8081', `listen 127.0.0.1:${page}`)
        .replace('listen 127.0.0.1:8082', `listen 127.0.0.1:${proxied}`),
    );
    await writeFile(
      this.directory.file('ports.json'),
      JSON.stringify({
        services: {
          nginx: {
            volumes: [`${nginxConf}:/etc/nginx/conf.d/default.conf:ro`],
            healthcheck: { test: ['CMD', 'curl', '-fsS', '-o', '/dev/null', `http://127.0.0.1:${page}/`] },
          },
        },
      }),
    );
  }

  private async copy(file: string, edit: (text: string) => string): Promise<string> {
    const to = this.directory.file(file.replace('docker/', ''));
    await writeFile(to, edit(await readFile(`${root}${file}`, 'utf8')));
    return to;
  }

  private async run(args: readonly string[], timeoutMs = COMMAND_TIMEOUT_MS): Promise<string> {
    const files = [`${root}docker-compose.yml`, ...this.overlays, this.directory.file('ports.json')];
    const [command, ...first] = this.compose.command;
    const all = [...first, '-p', this.project, ...files.flatMap((file) => ['-f', file]), ...args];
    const { code, stdout, stderr } = await run(command, all, {
      timeoutMs,
      env: { KNOCKGATE_CONFIG: this.config, REDIS_PORT: String(this.ports.redis), KNOCKGATE_BPF: this.compose.bpf },
    });
    if (code !== 0) throw new Error(`${this.compose.name} ${args.join(' ')}: exit code ${code}\n${stderr}`);
    return stdout;
  }
}
