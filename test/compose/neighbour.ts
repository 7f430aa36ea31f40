import { Host } from '../lab/host.js';
import { endNamespace, removeStaleNamespaces } from '../lab/namespaces.js';
import { mustRun, run } from '../lab/run.js';

/** All of it is unreachable but for the link itself, so that no packet to a lab's address leaves this machine. */
const LAB_NETWORK = '10.77.0.0/16';

/**
 * Another computer on this machine's network: a namespace behind a veth pair. It needs no lab around it, so that it
 * meets what runs on the machine itself, as containers on the host's network do.
 */
export class Neighbour implements AsyncDisposable {
  private constructor(
    /** Where the neighbour runs programs. */
    readonly host: Host,
    /** This machine, as the neighbour sees it. */
    readonly machine: { readonly address: string; readonly address6: string },
    private readonly netns: string,
    private readonly ownsRoute: boolean,
  ) {}

  /** Resolves once it reaches the machine. Needs root; rejects with nothing left behind. */
  static async create(): Promise<Neighbour> {
    await removeStaleNamespaces();
    // Two test runs at a time share this machine's routes, but never a number.
    const number = 100 + (process.pid % 150);
    const netns = `kg-${process.pid}-0-neighbour`;
    const link = `kg${process.pid}n`;
    const ownsRoute = (await run('ip', ['route', 'add', 'unreachable', LAB_NETWORK])).code === 0;
    const host = new Host({
      name: 'neighbour',
      netns,
      address: `10.77.${number}.2`,
      address6: `fd77:${number}::2`,
      interface: 'eth0',
    });
    const machine = { address: `10.77.${number}.1`, address6: `fd77:${number}::1` };
    const neighbour = new Neighbour(host, machine, netns, ownsRoute);
    try {
      await ip(`netns add ${netns}`);
      await ip(`link add ${link} type veth peer name eth0 netns ${netns}`);
      await enableIPv6('all', netns);
      await join(link, machine);
      await ip(`-n ${netns} link set lo up`);
      await join('eth0', host, netns);
      await mustRun('ping', ['-c', '1', '-w', '10', host.address]);
      await mustRun('ping', ['-c', '1', '-w', '10', host.address6]);
      return neighbour;
    } catch (error) {
      await neighbour.stop();
      throw error;
    }
  }

  /** Ends what still runs there and takes it away, link and route included. */
  async stop(): Promise<void> {
    await endNamespace(this.netns);
    if (this.ownsRoute) await run('ip', ['route', 'del', 'unreachable', LAB_NETWORK]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

async function join(link: string, at: { address: string; address6: string }, netns?: string): Promise<void> {
  const inside = netns === undefined ? '' : `-n ${netns} `;
  await enableIPv6(link, netns);
  await ip(`${inside}addr add ${at.address}/24 dev ${link}`);
  await ip(`${inside}addr add ${at.address6}/64 dev ${link} nodad`);
  await ip(`${inside}link set ${link} up`);
}

/** Some machines start each interface without it. */
async function enableIPv6(link: string, netns?: string): Promise<void> {
  const script = ['-c', `echo 0 > /proc/sys/net/ipv6/conf/${link}/disable_ipv6`];
  await mustRun('sh', script, netns === undefined ? {} : { netns });
}

async function ip(command: string): Promise<void> {
  await mustRun('ip', command.split(' '));
}
