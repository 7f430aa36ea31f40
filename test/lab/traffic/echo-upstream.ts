import { fileURLToPath } from 'node:url';
import type { Host } from '../host.js';
import type { Program } from '../program.js';

const CHILD = fileURLToPath(new URL('echo-upstream.child.mjs', import.meta.url));

/** What doors with WebSockets and doors in `mode: tcp` hide: all that is sent there comes back. */
export class EchoUpstream implements AsyncDisposable {
  private constructor(
    readonly program: Program,
    readonly httpUrl: string,
    readonly tcpUrl: string,
  ) {}

  /** Resolves once it listens, on 127.0.0.1 of the host. */
  static async start(host: Host): Promise<EchoUpstream> {
    const program = host.spawn(process.execPath, [CHILD]);
    const [line] = await program.waitForLine(/^\{.*\}$/u, 20_000);
    const { http, tcp } = JSON.parse(line) as { http: number; tcp: number };
    return new EchoUpstream(program, `http://127.0.0.1:${http}`, `tcp://127.0.0.1:${tcp}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop();
  }
}
