import { vi } from 'vitest';
import { freePort } from './free-port.js';
import { RedisServer, type RedisServerOptions } from './redis-server.js';

const SLOTS = 16_384;
const MASTERS = 3;
const NODE_TIMEOUT_MS = 1000;

/** A real Redis Cluster: three masters, each with a replica. */
export class RedisCluster implements AsyncDisposable {
  private constructor(readonly nodes: readonly RedisServer[]) {}

  /** Resolves once it is whole. */
  static async start(options: Pick<RedisServerOptions, 'host' | 'settings' | 'tls'> = {}): Promise<RedisCluster> {
    const nodes: RedisServer[] = [];
    const cluster = new RedisCluster(nodes);
    try {
      for (let i = 0; i < 2 * MASTERS; i += 1) {
        const settings = {
          'cluster-enabled': 'yes',
          'cluster-port': String(await freePort()),
          'cluster-node-timeout': String(NODE_TIMEOUT_MS),
          'repl-diskless-sync-delay': '0',
          ...(options.tls === undefined ? {} : { 'tls-cluster': 'yes', 'tls-replication': 'yes' }),
          ...options.settings,
        };
        nodes.push(await RedisServer.start({ ...options, settings }));
      }
      await cluster.join();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** HOST:PORT of two of its nodes, which know the others. */
  get addresses(): string[] {
    return this.nodes.slice(0, 2).map(({ port }) => `127.0.0.1:${port}`);
  }

  /** For knockgate.yaml. */
  get store(): string {
    return `{ cluster: [${this.addresses.map((each) => `'${each}'`).join(', ')}] }`;
  }

  /** For a grant store. */
  get target() {
    const nodes = this.nodes.slice(0, 2).map(({ port }) => ({ host: '127.0.0.1', port }));
    return { kind: 'cluster', nodes } as const;
  }

  /** The nodes that are masters and run. */
  async masters(): Promise<RedisServer[]> {
    const roles = await Promise.all(this.nodes.map((node) => node.cli('ROLE').catch(() => '')));
    return this.nodes.filter((_node, i) => roles[i]!.startsWith('master'));
  }

  /** The master that has a key, as some node says. */
  async masterOf(key: string): Promise<RedisServer> {
    const masters = await this.masters();
    for (const node of masters) {
      const found = await node.cli('EXISTS', key).then(
        () => true,
        () => false,
      );
      if (found) return node;
    }
    throw new Error(`no master has ${key}`);
  }

  /** Moves the slot of a key, with all that is in it, to another master (Redis documentation, CLUSTER SETSLOT). */
  async moveKeys(key: string): Promise<void> {
    const masters = await this.masters();
    const from = await this.masterOf(key);
    const to = masters.find((each) => each !== from)!;
    const slot = await from.cli('CLUSTER', 'KEYSLOT', key);
    const [fromId, toId] = [await from.cli('CLUSTER', 'MYID'), await to.cli('CLUSTER', 'MYID')];
    await to.cli('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
    await from.cli('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
    const keys = (await from.cli('CLUSTER', 'GETKEYSINSLOT', slot, '100')).split('\n');
    await from.cli('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys);
    for (const node of [to, from]) await node.cli('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
  }

  async flush(): Promise<void> {
    for (const master of await this.masters()) await master.cli('FLUSHALL');
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop('SIGKILL')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async join(): Promise<void> {
    const [first] = this.nodes;
    const masters = this.nodes.slice(0, MASTERS);
    for (const [i, node] of this.nodes.entries()) {
      await node.cli('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
      const bus = (await node.cli('CONFIG', 'GET', 'cluster-port')).split('\n')[1]!;
      if (node !== first) await first!.cli('CLUSTER', 'MEET', '127.0.0.1', String(node.port), bus);
    }
    const bound = (i: number): number => Math.round((i * SLOTS) / MASTERS);
    for (const [i, node] of masters.entries()) {
      await node.cli('CLUSTER', 'ADDSLOTSRANGE', String(bound(i)), String(bound(i + 1) - 1));
    }
    await this.until('cluster_known_nodes:6');
    for (const [i, node] of this.nodes.slice(MASTERS).entries()) {
      await node.cli('CLUSTER', 'REPLICATE', await masters[i]!.cli('CLUSTER', 'MYID'));
    }
    await this.until('cluster_state:ok');
    await vi.waitFor(
      async () => {
        for (const replica of this.nodes.slice(MASTERS)) {
          if (!(await replica.cli('INFO', 'replication')).includes('master_link_status:up'))
            throw new Error('not in step');
          const roles = (await replica.cli('CLUSTER', 'NODES')).match(/ (?:myself,)?slave /gu) ?? [];
          if (roles.length !== MASTERS) throw new Error('not all replicas are known');
        }
      },
      { timeout: 20_000, interval: 50 },
    );
  }

  private async until(line: string): Promise<void> {
    await vi.waitFor(
      async () => {
        for (const node of this.nodes) {
          if (!(await node.cli('CLUSTER', 'INFO')).includes(line)) throw new Error(`${node.port}: not yet ${line}`);
        }
      },
      { timeout: 20_000, interval: 50 },
    );
  }
}
