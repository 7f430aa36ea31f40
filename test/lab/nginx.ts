import { watch } from 'node:fs';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { freePort } from './free-port.js';
import { type Host, loopback } from './host.js';
import { nginxConfig } from './nginx-config.js';
import type { Program } from './program.js';
import { TempDir } from './temp-dir.js';

export interface NginxOptions {
  readonly host?: Host;
  /** What it listens on; 127.0.0.1 of the host unless told. */
  readonly address?: string;
  readonly port?: number;
  /** What / answers. */
  readonly page?: string;
  /** The length of /big; the file is sparse. */
  readonly bigBytes?: number;
  /** Bytes a second for /big: a download that its own client's buffers cannot hide the end of. */
  readonly bigRate?: number;
  /** Expect a PROXY protocol header, v1 or v2, ahead of each connection. */
  readonly proxyProtocol?: boolean;
  /** Whether it logs who asked; it does unless told. */
  readonly accessLog?: boolean;
  /** A program, with its arguments, that becomes it: taskset(1), say. */
  readonly wrap?: readonly string[];
}

/** A real nginx: the upstream that a door hides. */
export class Nginx implements AsyncDisposable {
  private constructor(
    readonly url: string,
    /** Its own log goes here, errors included. */
    readonly program: Program,
    readonly directory: TempDir,
  ) {}

  /** Resolves once it accepts connections. */
  static async start(options: NginxOptions = {}): Promise<Nginx> {
    const { host = loopback, address = '127.0.0.1', port = await freePort(), wrap = [] } = options;
    const authority = `${address.includes(':') ? `[${address}]` : address}:${port}`;
    const directory = await TempDir.create('nginx');
    await writeSite(directory, options);
    const config = nginxConfig({
      directory: directory.path,
      authority,
      proxyProtocol: options.proxyProtocol ?? false,
      bigRate: options.bigRate ?? 0,
      accessLog: options.accessLog ?? true,
    });
    await writeFile(directory.file('nginx.conf'), config);
    const args = ['-p', directory.path, '-e', 'stderr', '-c', directory.file('nginx.conf')];
    const [command, ...words] = [...wrap, 'nginx', ...args] as [string, ...string[]];
    const nginx = new Nginx(`http://${authority}`, host.spawn(command, words), directory);
    try {
      // Said when the sockets listen: a connection made from now on waits in their queue at worst.
      await nginx.program.waitForLine(/\[notice\].* OS: /);
      return nginx;
    } catch (error) {
      await nginx.stop();
      throw error;
    }
  }

  /** One line a request: `peer "request line" status body-bytes "X-Forwarded-For" "PROXY address"`. */
  async accessLog(): Promise<string[]> {
    const text = await readFile(this.directory.file('access.log'), 'utf8');
    return text.split('\n').filter(Boolean);
  }

  /** Waits for a line of the access log: nginx writes it a moment after the client has its answer. */
  async waitForAccess(pattern: RegExp, timeoutMs = 10_000): Promise<string> {
    const timeout = AbortSignal.timeout(timeoutMs);
    // Watched before it is read, so that no line falls between the two.
    const changes = watch(this.directory.file('access.log'), { signal: timeout });
    try {
      for (;;) {
        const changed = nextChange(changes, timeout);
        const line = (await this.accessLog()).find((entry) => pattern.test(entry));
        if (line !== undefined) return line;
        if (!(await changed)) throw new Error(`no access like ${pattern}:\n${(await this.accessLog()).join('\n')}`);
      }
    } finally {
      changes.close();
    }
  }

  async stop(): Promise<void> {
    await this.program.stop();
    await this.directory.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Resolves with false at the timeout. */
function nextChange(changes: ReturnType<typeof watch>, timeout: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    changes.once('change', () => resolve(true));
    timeout.addEventListener('abort', () => resolve(false), { once: true });
  });
}

async function writeSite(directory: TempDir, options: NginxOptions): Promise<void> {
  await mkdir(directory.file('site'));
  await mkdir(directory.file('temp'));
  await writeFile(directory.file('access.log'), '');
  await writeFile(directory.file('site/index.html'), options.page ?? '<h1>The hidden page</h1>\n');
  await writeFile(directory.file('site/big'), '');
  await truncate(directory.file('site/big'), options.bigBytes ?? 0);
}
