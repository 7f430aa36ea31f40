import { freePort } from './free-port.js';
import { type Host, loopback } from './host.js';
import type { Program } from './program.js';
import { TempDir } from './temp-dir.js';

export interface RedisServerOptions {
  readonly host?: Host;
  /** What it listens on; 127.0.0.1 of the host unless told. */
  readonly address?: string;
  readonly port?: number;
  /** The folder in which it keeps what it holds; none: it is empty at each start. */
  readonly keepIn?: string;
  /** Directives of redis.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Files (PEM) with which it speaks TLS alone, and wants the same of its clients. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** A real redis-server. */
export class RedisServer implements AsyncDisposable {
  readonly url: string;
  readonly #host: Host;
  readonly #address: string;
  readonly #port: number;
  readonly #options: RedisServerOptions;
  #running: { readonly program: Program; readonly directory: TempDir } | undefined;

  private constructor(settings: RedisServerOptions & { readonly host: Host; readonly address: string; port: number }) {
    const { host, address, port, tls } = settings;
    this.#host = host;
    this.#address = address;
    this.#port = port;
    this.#options = settings;
    this.url = `${tls === undefined ? 'redis' : 'rediss'}://${address.includes(':') ? `[${address}]` : address}:${port}`;
  }

  /** Resolves once it accepts connections. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const { host = loopback, address = '127.0.0.1', port = await freePort() } = options;
    const server = new RedisServer({ ...options, host, address, port });
    await server.start();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** @throws while it is stopped */
  get pid(): number {
    return this.#mustRun().pid;
  }

  /** Starts it again on the same port. @throws if it runs */
  async start(): Promise<void> {
    if (this.#running !== undefined) throw new Error('redis-server is running already');
    const directory = await TempDir.create('redis');
    const program = this.#host.spawn('redis-server', this.#arguments(directory.path), { env: this.#options.env ?? {} });
    this.#running = { program, directory };
    try {
      await program.waitForLine(/Ready to accept connections/);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** What redis-cli prints for the command. @throws (rejects) on an error reply, or when the server is away */
  async cli(...args: string[]): Promise<string> {
    const { tls } = this.#options;
    const files = tls === undefined ? [] : ['--tls', '--cacert', tls.ca, '--cert', tls.cert, '--key', tls.key];
    const to = ['-h', this.#address, '-p', String(this.#port), ...files];
    // -e: an error reply is a failure, not text.
    const { code, stdout, stderr } = await this.#host.run('redis-cli', [...to, '-e', ...args]);
    if (code !== 0) throw new Error(`redis-cli ${args.join(' ')}: ${stderr}${stdout}`.trimEnd());
    return stdout.trimEnd();
  }

  /** It keeps its connections and answers nothing, like a machine that hangs. */
  pause(): void {
    this.#mustRun().signal('SIGSTOP');
  }

  resume(): void {
    this.#mustRun().signal('SIGCONT');
  }

  /** @param signal SIGKILL for a crash */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.program.stop(signal);
    await running?.directory.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #mustRun(): Program {
    if (this.#running === undefined) throw new Error('redis-server is stopped');
    return this.#running.program;
  }

  #arguments(directory: string): string[] {
    const { keepIn, tls } = this.#options;
    const port = String(this.#port);
    const settings = {
      ...(tls === undefined
        ? { port }
        : {
            port: '0',
            'tls-port': port,
            'tls-ca-cert-file': tls.ca,
            'tls-cert-file': tls.cert,
            'tls-key-file': tls.key,
          }),
      bind: this.#address,
      dir: keepIn ?? directory,
      save: '',
      appendonly: keepIn === undefined ? 'no' : 'yes',
      appendfsync: 'always',
      // Redis refuses other hosts without a password; here they are namespaces of a lab.
      'protected-mode': 'no',
      ...this.#options.settings,
    };
    return Object.entries(settings).flatMap(([name, value]) => [`--${name}`].concat(value.split(' ')));
  }
}
