import { Host } from '../lab/host.js';
import type { NetLab } from '../lab/netlab.js';

export interface PlainLink {
  readonly from: Host;
  readonly to: Host;
}

const ENDS = { from: { interface: 'eth1', number: 2 }, to: { interface: 'flood0', number: 1 } } as const;

/** A link of their own between a client and the server: over the lab's bridge the kernel works, and hears, twice for each frame. */
export async function plainLink({ server }: NetLab, client: Host): Promise<PlainLink> {
  const { from, to } = ENDS;
  await must(server, [
    'link',
    'add',
    to.interface,
    'type',
    'veth',
    'peer',
    'name',
    from.interface,
    'netns',
    netnsOf(client),
  ]);
  return { from: await end(client, from), to: await end(server, to) };
}

async function end(host: Host, settings: (typeof ENDS)[keyof typeof ENDS]): Promise<Host> {
  const { number, interface: device } = settings;
  const [address, address6] = [`10.78.0.${number}`, `fd78::${number}`];
  await must(host, ['link', 'set', device, 'up']);
  await must(host, ['addr', 'add', `${address}/24`, 'dev', device]);
  return new Host({ name: host.name, netns: netnsOf(host), address, address6, interface: device });
}

function netnsOf({ name, netns }: Host): string {
  if (netns === undefined) throw new Error(`${name} is no host of a lab`);
  return netns;
}

async function must(host: Host, args: readonly string[]): Promise<void> {
  const { code, stderr } = await host.run('ip', args);
  if (code !== 0) throw new Error(`ip ${args.join(' ')} in ${host.name}: ${stderr}`);
}
