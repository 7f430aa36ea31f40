import { Host } from './host.js';
import { endNamespace, removeStaleNamespaces } from './namespaces.js';
import { mustRun } from './run.js';

export interface NetLabOptions {
  /** Every host beside the server. */
  readonly clients?: readonly string[];
}

const BRIDGE = 'br0';
const MAX_CLIENTS = 200;
const READY_TIMEOUT_S = 10;

// Spoofed packets must reach the listener and their answers must die: no reverse path check, no route to answer by.
// accept_dad: an address must be usable at once. disable_ipv6: some machines set it for every new namespace.
const SYSCTLS = ['all', 'default'].flatMap((scope) => [
  `ipv6/conf/${scope}/disable_ipv6=0`,
  `ipv6/conf/${scope}/accept_dad=0`,
  `ipv6/conf/${scope}/accept_ra=0`,
  `ipv4/conf/${scope}/rp_filter=0`,
]);

let labs = 0;

/**
 * A network of its own inside this machine: `server` and its clients, each a namespace, on one link (a bridge within the
 * server's namespace). No namespace has a default route or a link to the machine's own network: nothing gets out.
 */
export class NetLab implements AsyncDisposable {
  readonly server: Host;
  readonly #hosts: ReadonlyMap<string, Host>;

  private constructor(hosts: readonly [Host, ...Host[]]) {
    this.server = hosts[0];
    this.#hosts = new Map(hosts.map((host) => [host.name, host]));
  }

  /** Resolves once every client reaches the server by IPv4 and IPv6. Needs root; rejects with nothing left behind. */
  static async create({ clients = ['client', 'stranger'] }: NetLabOptions = {}): Promise<NetLab> {
    if (clients.length > MAX_CLIENTS) throw new RangeError(`a lab has at most ${MAX_CLIENTS} clients`);
    await removeStaleNamespaces();
    const prefix = `kg-${process.pid}-${++labs}-`;
    const [server, ...others] = ['server', ...clients].map((name, index) => lab(prefix + name, name, index + 1));
    if (server === undefined) throw new Error('unreachable: the server is always there');
    const netLab = new NetLab([server, ...others]);
    try {
      await build(server, others);
      await Promise.all(others.map((client) => reach(client, server)));
      return netLab;
    } catch (error) {
      await netLab.stop();
      throw error;
    }
  }

  get hosts(): readonly Host[] {
    return [...this.#hosts.values()];
  }

  /** @throws for a name that is not in this lab */
  host(name: string): Host {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name} in this lab: ${[...this.#hosts.keys()].join(', ')}`);
    return host;
  }

  /** Kills what still runs in the lab and takes the namespaces away. A second call does nothing. */
  async stop(): Promise<void> {
    await Promise.all(this.hosts.map((host) => endNamespace(namespaceOf(host))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function lab(netns: string, name: string, number: number): Host {
  return new Host({
    name,
    netns,
    address: `10.77.0.${number}`,
    address6: `fd77::${number.toString(16)}`,
    interface: number === 1 ? BRIDGE : 'eth0',
  });
}

function namespaceOf(host: Host): string {
  if (host.netns === undefined) throw new Error(`${host.name} is no host of a lab`);
  return host.netns;
}

async function build(server: Host, clients: readonly Host[]): Promise<void> {
  for (const host of [server, ...clients]) {
    await mustRun('ip', ['netns', 'add', namespaceOf(host)]);
    const settings = SYSCTLS.map((setting) => setting.replace('=', ' ')).join('\n');
    // /proc/sys/net shows the reader's own namespace; sysctl(8) may not be installed.
    const script = 'while read -r name value; do echo "$value" > "/proc/sys/net/$name" || exit 1; done';
    await must(host, 'sh', ['-c', script], `${settings}\n`);
  }
  await ip(server, [
    'link set lo up',
    // Without snooping neighbour discovery is flooded, as on a plain switch; without STP ports forward at once.
    `link add ${BRIDGE} type bridge stp_state 0 mcast_snooping 0`,
    ...clients.map((client, index) => `link add p${index} type veth peer name eth0 netns ${namespaceOf(client)}`),
    ...clients.map((_, index) => `link set p${index} master ${BRIDGE} up`),
    ...addresses(server),
  ]);
  await Promise.all(clients.map((client) => ip(client, ['link set lo up', ...addresses(client)])));
}

function addresses(host: Host): string[] {
  return [
    `link set ${host.interface} up`,
    `addr add ${host.address}/24 dev ${host.interface}`,
    `addr add ${host.address6}/64 dev ${host.interface} nodad`,
  ];
}

async function ip(host: Host, commands: readonly string[]): Promise<void> {
  await mustRun('ip', ['-n', namespaceOf(host), '-batch', '-'], { input: `${commands.join('\n')}\n` });
}

async function must(host: Host, command: string, args: readonly string[], input: string): Promise<void> {
  const { code, stderr } = await host.run(command, args, { input });
  if (code !== 0) throw new Error(`${command} in ${host.name}: exit code ${code}\n${stderr}`);
}

/** Links come up asynchronously (carrier, queue): the first answer shows that packets pass. */
async function reach(client: Host, server: Host): Promise<void> {
  for (const address of [server.address, server.address6]) {
    const args = ['-c', '1', '-i', '0.2', '-w', String(READY_TIMEOUT_S), address];
    const { code, stdout, stderr } = await client.run('ping', args);
    if (code !== 0) throw new Error(`${client.name} does not reach ${address}\n${stdout}${stderr}`);
  }
}
