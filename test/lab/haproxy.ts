import { writeFile } from 'node:fs/promises';
import { freePort } from './free-port.js';
import { type Host, loopback } from './host.js';
import type { Program } from './program.js';
import { TempDir } from './temp-dir.js';

export interface HaproxyOptions {
  readonly host?: Host;
  /** What it does with a connection, in its own words: the lines of a `listen` section below `bind`. */
  readonly section: readonly string[];
  /** Expect a PROXY protocol header, v1 or v2, ahead of each connection. */
  readonly acceptProxy?: boolean;
}

const DEFAULTS = 'timeout connect 5s\n  timeout client 1m\n  timeout server 1m';

/** A real HAProxy on loopback, as somebody else's proxy in front of a door, or as what is behind one. */
export class Haproxy implements AsyncDisposable {
  private constructor(
    readonly port: number,
    private readonly program: Program,
    private readonly directory: TempDir,
  ) {}

  /** Resolves once it accepts connections. */
  static async start({ host = loopback, section, acceptProxy = false }: HaproxyOptions): Promise<Haproxy> {
    const directory = await TempDir.create('haproxy');
    const port = await freePort();
    const bind = `bind 127.0.0.1:${port}${acceptProxy ? ' accept-proxy' : ''}`;
    const listen = ['listen door', bind, ...section].join('\n  ');
    await writeFile(directory.file('haproxy.cfg'), `defaults\n  ${DEFAULTS}\n${listen}\n`);
    const haproxy = new Haproxy(port, host.spawn('haproxy', ['-W', '-f', directory.file('haproxy.cfg')]), directory);
    try {
      await haproxy.program.waitForLine(/Loading success/u); // said by the master once its worker listens
      return haproxy;
    } catch (error) {
      await haproxy[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop();
    await this.directory.remove();
  }
}
