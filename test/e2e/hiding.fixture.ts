import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Host } from '../lab/host.js';
import { Knockgate, type KnockgateOptions } from '../lab/knockgate.js';
import type { Program } from '../lab/program.js';
import type { RedisServer } from '../lab/redis-server.js';
import { tempFile } from './recipe.fixture.js';

export const TIMEOUT = { timeoutMs: 30_000 };

/** Grants as a person would with redis-cli. */
export async function grant(redis: RedisServer, door: string, ip: string, ttlMs = 600_000): Promise<void> {
  const key = grantKey(door, ip);
  await redis.cli(
    'EVAL',
    "redis.call('HSET', KEYS[1], 'ip', 'x') redis.call('PEXPIRE', KEYS[1], ARGV[1])",
    '1',
    key,
    String(ttlMs),
  );
}

export function grantKey(door: string, ip: string): string {
  return `knockgate:{${door}}:grant:${ip}`;
}

/** `knockgate serve` in a namespace, with its config in a file that goes with it. */
export class Served implements AsyncDisposable {
  private constructor(
    readonly knockgate: Knockgate,
    private readonly config: Awaited<ReturnType<typeof tempFile>>,
  ) {}

  static async start(text: string, options: KnockgateOptions): Promise<Served> {
    const config = await tempFile('knockgate.yaml', text);
    const args = ['serve', '--config', config.path];
    try {
      return new Served(await Knockgate.start(args, { ready: /"ready: /, ...options }), config);
    } catch (error) {
      await config.remove();
      throw error;
    }
  }

  /** Has it take another config, and waits until it has. */
  async rewrite(text: string): Promise<void> {
    await writeFile(this.config.path, text);
    const after = this.knockgate.program.lineCount;
    this.knockgate.program.signal('SIGHUP');
    const { msg } = await this.knockgate.waitForLog(/^config re-read|^config refused/u, { after });
    if (!msg.startsWith('config re-read')) throw new Error(this.knockgate.program.lines.slice(-5).join('\n'));
  }

  get pid(): number {
    return this.knockgate.program.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.knockgate[Symbol.asyncDispose]();
    await this.config.remove();
  }
}

const CLIENT = `
  const [host, port] = process.argv.slice(1);
  const socket = require('node:net').connect({ host, port: Number(port) });
  socket.on('connect', () => console.log('connected'));
  socket.on('data', (data) => console.log('data', String(data).split('\\r\\n')[0]));
  socket.on('error', (error) => console.log(error.code));
  socket.on('close', () => console.log('closed'));
  process.on('SIGUSR1', () => socket.write('GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'));
  setInterval(() => {}, 1e6);`;

/** One connection of a host; `request` sends a request on it. */
export class Client implements AsyncDisposable {
  private constructor(
    readonly program: Program,
    private readonly host: Host,
  ) {}

  /** Resolves once it is connected. */
  static async connect(host: Host, target: string, port: number): Promise<Client> {
    const program = host.spawn(process.execPath, ['-e', CLIENT, target, String(port)]);
    await program.waitForLine(/^connected$/u, 10_000);
    return new Client(program, host);
  }

  request(): void {
    this.program.signal('SIGUSR1');
  }

  /** How often the kernel has sent something again because nothing came back. */
  async retransmissions(): Promise<number> {
    const { stdout } = await this.host.run('ss', ['-Htni', 'state', 'established']);
    return Number(/ retrans:\d+\/(\d+)/u.exec(stdout)?.[1] ?? 0);
  }

  /** Bytes sent and not acknowledged. */
  async unacknowledged(): Promise<number> {
    const { stdout } = await this.host.run('ss', ['-Htn', 'state', 'established']);
    return Number(stdout.trim().split(/\s+/u)[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop('SIGKILL');
  }
}

/** What a connection attempt comes to: `connected`, `ECONNREFUSED`, `timeout`, … */
export async function attempt(host: Host, target: string, port: number, waitMs = 700): Promise<string> {
  const script = `
    const socket = require('node:net').connect({ host: process.argv[1], port: Number(process.argv[2]), timeout: ${waitMs} });
    socket.on('connect', () => { console.log('connected'); process.exit(); });
    socket.on('timeout', () => { console.log('timeout'); process.exit(); });
    socket.on('error', (error) => { console.log(error.code); process.exit(); });`;
  const { stdout } = await host.run(process.execPath, ['-e', script, target, String(port)]);
  return stdout.trim();
}

/** Waits until an attempt comes to that. */
export async function becomes(outcome: string, try_: () => Promise<string>): Promise<void> {
  await expect.poll(try_, { timeout: 15_000, interval: 20 }).toBe(outcome);
}
