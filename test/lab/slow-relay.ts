import { freePort } from './free-port.js';
import { type Host, loopback } from './host.js';
import type { Program } from './program.js';

const RELAY = `
  const [to, port, delayMs] = process.argv.slice(1).map(Number);
  const { connect, createServer } = require('node:net');
  const carry = (from, into) => {
    from.on('data', (chunk) => setTimeout(() => into.writable && into.write(chunk), delayMs));
    from.on('close', () => setTimeout(() => into.destroy(), delayMs));
    from.on('error', () => {});
  };
  createServer((client) => {
    const server = connect(to, '127.0.0.1');
    carry(client, server);
    carry(server, client);
  }).listen(port, '127.0.0.1', () => console.log('listening'));`;

/** A way to a port of the host's loopback on which everything takes longer: both ways, by this much. */
export class SlowRelay implements AsyncDisposable {
  private constructor(
    readonly port: number,
    private readonly program: Program,
  ) {}

  static async start(to: number, delayMs: number, host: Host = loopback): Promise<SlowRelay> {
    const port = await freePort();
    const program = host.spawn(process.execPath, ['-e', RELAY, String(to), String(port), String(delayMs)]);
    await program.waitForLine(/^listening$/u);
    return new SlowRelay(port, program);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop('SIGKILL');
  }
}
