import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { expect } from 'vitest';
import { freePort } from '../lab/free-port.js';
import { Knockgate, type LogEvent } from '../lab/knockgate.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';

/** A door's config in the yaml's own words, without what the lab fills in. */
type DoorConfig = { readonly upstream: string } & Readonly<Record<string, unknown>>;

export interface GatewayLabOptions {
  readonly doors: Readonly<Record<string, DoorConfig>>;
  /** Top-level keys of the yaml: `limits`, `store_max_stale`. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

const LONG_MS = 3_600_000;

/** The gateway as people run it, `knockgate serve`, on loopback with a real Redis. */
export class GatewayLab implements AsyncDisposable {
  private constructor(
    readonly redis: RedisServer,
    readonly gateway: Knockgate,
    private readonly ports: ReadonlyMap<string, number>,
    private readonly directory: TempDir,
  ) {}

  static async start({ doors, config = {}, env = {} }: GatewayLabOptions): Promise<GatewayLab> {
    const redis = await RedisServer.start();
    const directory = await TempDir.create('gateway');
    const ports = new Map<string, number>();
    for (const name of Object.keys(doors)) ports.set(name, await freePort());
    const written = Object.entries(doors).map(([name, door], i) => [
      name,
      // reset: the gate at accept and at each request is what is tested here, not the kernel's in front of it
      { sequence: [7000 + i, 8000 + i], listen: `127.0.0.1:${ports.get(name)}`, hide: 'reset', ...door },
    ]);
    // debug: the log says of each connection whether it was let in
    const yaml = { store: redis.url, log_level: 'debug', ...config, doors: Object.fromEntries(written) as unknown };
    await writeFile(directory.file('knockgate.yaml'), JSON.stringify(yaml)); // JSON is YAML
    const gateway = await Knockgate.start(['serve', '--config', directory.file('knockgate.yaml')], {
      ready: /"event":"ready"/,
      env,
    });
    return new GatewayLab(redis, gateway, ports, directory);
  }

  port(door: string): number {
    return this.ports.get(door)!;
  }

  /** Grants as a person would with redis-cli, and returns once the gateway lets this IP in. */
  async grant(door: string, ip = '127.0.0.1', ttlMs = LONG_MS): Promise<void> {
    await this.grantUnseen(door, ip, ttlMs);
    while (!(await this.letsIn(door, ip)));
  }

  /** The same without a connection of our own to the door. */
  async grantUnseen(door: string, ip: string, ttlMs: number): Promise<void> {
    const key = grantKey(door, ip);
    await this.redis.cli('HSET', key, 'door', door, 'ip', ip, 'granted_at', new Date().toISOString());
    await this.redis.cli('PEXPIRE', key, String(ttlMs));
  }

  async revoke(door: string, ip = '127.0.0.1'): Promise<void> {
    await this.redis.cli('DEL', grantKey(door, ip));
  }

  /** Tries a connection. */
  async letsIn(door: string, ip: string): Promise<boolean> {
    const after = this.gateway.program.lineCount;
    const socket = connect({ host: '127.0.0.1', port: this.port(door), localAddress: ip });
    const reset = new Promise<false>((resolve) => {
      socket.on('error', () => {}).on('close', () => resolve(false));
    });
    const isConnection = (event: LogEvent): boolean =>
      event['event'] === 'connection' && event['ip'] === ip && event['door'] === door;
    const entered = this.gateway.waitForLog(isConnection, { after, timeoutMs: 5000 }).then(
      () => true,
      () => false,
    );
    const open = await Promise.race([reset, entered]);
    socket.destroy();
    return open;
  }

  /** Waits for the next line in the gateway's log with these fields, said after `after`. */
  async logged(fields: Readonly<Record<string, unknown>>, after = 0): Promise<LogEvent> {
    const wanted = Object.entries(fields);
    return this.gateway.waitForLog((event) => wanted.every(([name, value]) => event[name] === value), { after });
  }

  /** A figure of /proc/PID/status, in bytes. */
  async memory(field: 'VmRSS' | 'VmHWM'): Promise<number> {
    const status = await readFile(`/proc/${this.gateway.program.pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'mu').exec(status)![1]) * 1024;
  }

  /** From here on VmHWM is the peak since now (proc(5), clear_refs). */
  async forgetPeak(): Promise<void> {
    await writeFile(`/proc/${this.gateway.program.pid}/clear_refs`, '5');
  }

  /** The process that was started still runs, and has said nothing but log lines: no warning, no stack. */
  expectUnharmed(): void {
    expect(this.gateway.program.exitCode).toBeUndefined();
    expect(this.gateway.program.lines.filter((line) => !line.startsWith('{'))).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await this.redis.stop();
    await this.directory.remove();
  }
}

function grantKey(door: string, ip: string): string {
  return `knockgate:{${door}}:grant:${ip}`;
}
