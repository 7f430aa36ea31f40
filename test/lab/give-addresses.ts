import type { Host } from './host.js';

export interface Giving {
  /** `first` and this come to 255 at most. */
  readonly count: number;
  /** The last number of the first one; what two hosts get must not be the same. */
  readonly first?: number;
  /** They know the addresses by heart: a question for a hardware address would be measured with the first answer. */
  readonly knownTo?: readonly Host[];
}

const FIRST_ADDRESS = 50;

/** Gives a host of a lab more IPv4 addresses. */
export async function giveAddresses(host: Host, giving: Giving): Promise<string[]> {
  const { count, first = FIRST_ADDRESS, knownTo = [] } = giving;
  const prefix = host.address.slice(0, host.address.lastIndexOf('.'));
  const addresses = Array.from({ length: count }, (_, i) => `${prefix}.${first + i}`);
  const { stdout } = await host.run('cat', [`/sys/class/net/${host.interface}/address`]);
  await ip(
    host,
    addresses.map((address) => `addr add ${address}/24 dev ${host.interface}`),
  );
  for (const other of knownTo) {
    const known = `lladdr ${stdout.trim()} dev ${other.interface} nud permanent`;
    await ip(
      other,
      addresses.map((address) => `neigh replace ${address} ${known}`),
    );
  }
  return addresses;
}

/** Gives a host of a lab more IPv6 addresses, usable at once. */
export async function giveAddresses6(host: Host, { count, first = FIRST_ADDRESS }: Giving): Promise<string[]> {
  const prefix = host.address6.slice(0, host.address6.lastIndexOf(':'));
  const addresses = Array.from({ length: count }, (_, i) => `${prefix}:${(first + i).toString(16)}`);
  await ip(
    host,
    addresses.map((address) => `addr add ${address}/64 dev ${host.interface} nodad`),
  );
  return addresses;
}

async function ip(host: Host, commands: readonly string[]): Promise<void> {
  const { code, stderr } = await host.run('ip', ['-batch', '-'], { input: `${commands.join('\n')}\n` });
  if (code !== 0) throw new Error(`ip: ${stderr}`);
}
