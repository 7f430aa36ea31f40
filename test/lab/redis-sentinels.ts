import { writeFile } from 'node:fs/promises';
import { vi } from 'vitest';
import { freePort } from './free-port.js';
import { type Host, loopback } from './host.js';
import type { Program } from './program.js';
import { RedisServer, type RedisServerOptions } from './redis-server.js';
import { TempDir } from './temp-dir.js';

const NAME = 'mymaster';
const COUNT = 3;
const QUORUM = 2;
/** They take a server for dead after that. */
const DOWN_AFTER_MS = 500;
/** They look, and speak with each other, more often than they would (SENTINEL DEBUG). */
const PERIODS = ['PUBLISH-PERIOD', '100', 'INFO-PERIOD', '200', 'PING-PERIOD', '100', 'ASK-PERIOD', '100'];

export interface SentinelsOptions extends Pick<RedisServerOptions, 'host' | 'settings' | 'tls'> {
  /** What the Sentinels want of who asks them, each other included. */
  readonly password?: string | undefined;
}

interface Sentinel {
  readonly port: number;
  readonly program: Program;
}

/** A master, a replica, and three real Sentinels that watch them. */
export class RedisSentinels implements AsyncDisposable {
  readonly name = NAME;

  private constructor(
    private readonly host: Host,
    private readonly folder: TempDir,
    /** The first one begins as the master. */
    readonly servers: readonly [RedisServer, RedisServer],
    private readonly sentinels: readonly Sentinel[],
    private readonly access: { readonly [K in 'password' | 'tls']: SentinelsOptions[K] | undefined },
  ) {}

  /** Resolves once the replica is in step and the Sentinels know each other. */
  static async start(options: SentinelsOptions = {}): Promise<RedisSentinels> {
    const { host = loopback, password, tls } = options;
    const settings = { ...options.settings, ...(tls === undefined ? {} : { 'tls-replication': 'yes' }) };
    const same = { host, ...(tls === undefined ? {} : { tls }) };
    const master = await RedisServer.start({ ...same, settings });
    const of = { replicaof: `127.0.0.1 ${master.port}`, 'repl-diskless-sync-delay': '0' };
    const replica = await RedisServer.start({ ...same, settings: { ...settings, ...of } });
    const folder = await TempDir.create('sentinels');
    const sentinels: Sentinel[] = [];
    const all = new RedisSentinels(host, folder, [master, replica], sentinels, { password, tls });
    try {
      for (let i = 0; i < COUNT; i += 1) sentinels.push(await all.startOne(master.port));
      await all.expectReady(replica);
    } catch (error) {
      await all.stop();
      throw error;
    }
    return all;
  }

  /** HOST:PORT of each Sentinel. */
  get addresses(): string[] {
    return this.sentinels.map(({ port }) => `127.0.0.1:${port}`);
  }

  /** For knockgate.yaml. */
  get store(): string {
    return `{ sentinels: [${this.addresses.map((each) => `'${each}'`).join(', ')}], name: ${NAME} }`;
  }

  /** For a grant store. */
  get target() {
    const sentinels = this.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
    return { kind: 'sentinel', sentinels, name: NAME } as const;
  }

  /** The server that the first Sentinel calls the master. */
  async master(): Promise<RedisServer> {
    const answer = await this.cli(this.sentinels[0]!, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME);
    const port = Number(answer.split('\n')[1]);
    return this.servers.find((each) => each.port === port)!;
  }

  async stop(): Promise<void> {
    await Promise.all(this.sentinels.map(({ program }) => program.stop('SIGKILL')));
    await Promise.all(this.servers.map((server) => server.stop('SIGKILL')));
    await this.folder.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async startOne(masterPort: number): Promise<Sentinel> {
    const port = await freePort();
    const file = this.folder.file(`sentinel-${port}.conf`);
    const lines = [
      ...this.listening(port),
      'bind 127.0.0.1',
      `dir ${this.folder.path}`,
      `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} ${QUORUM}`,
      `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${NAME} 3000`,
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const program = this.host.spawn('redis-server', [file, '--sentinel']);
    await program.waitForLine(/\+monitor master/u);
    const sentinel = { port, program };
    await this.cli(sentinel, 'SENTINEL', 'DEBUG', ...PERIODS);
    return sentinel;
  }

  /** In the words of its config. */
  private listening(port: number): string[] {
    const { password, tls } = this.access;
    const secret = password === undefined ? [] : [`requirepass ${password}`, `sentinel sentinel-pass ${password}`];
    if (tls === undefined) return [`port ${port}`, ...secret];
    const files = [`tls-ca-cert-file ${tls.ca}`, `tls-cert-file ${tls.cert}`, `tls-key-file ${tls.key}`];
    return ['port 0', `tls-port ${port}`, 'tls-replication yes', ...files, ...secret];
  }

  private async cli({ port }: Sentinel, ...words: string[]): Promise<string> {
    const { password, tls } = this.access;
    const secret = password === undefined ? [] : ['-a', password, '--no-auth-warning'];
    const files = tls === undefined ? [] : ['--tls', '--cacert', tls.ca, '--cert', tls.cert, '--key', tls.key];
    const { stdout } = await this.host.run('redis-cli', ['-p', String(port), ...files, ...secret, '-e', ...words]);
    return stdout.trimEnd();
  }

  private async expectReady(replica: RedisServer): Promise<void> {
    await vi.waitFor(
      async () => {
        const info = await replica.cli('INFO', 'replication');
        if (!info.includes('master_link_status:up')) throw new Error('the replica is not in step');
        for (const sentinel of this.sentinels) {
          const told = await this.cli(sentinel, 'SENTINEL', 'MASTER', NAME);
          const known = ['num-other-sentinels', '2', 'num-slaves', '1'];
          const fields = told.split('\n');
          for (const i of [0, 2]) {
            if (fields[fields.indexOf(known[i]!) + 1] !== known[i + 1])
              throw new Error(`${sentinel.port}: ${known[i]}`);
          }
        }
      },
      { timeout: 20_000, interval: 50 },
    );
  }
}
