import type { Host } from '../lab/host.js';

const RULE = ['INPUT', '-p', 'tcp', '--syn', '-j', 'DROP'] as const;

/** The host's firewall drops SYNs, as the recipe's does, for as long as this is held: with `capture: packet` they are heard before. */
export async function recipeDrop(host: Host): Promise<AsyncDisposable> {
  await iptables(host, '-A');
  return { [Symbol.asyncDispose]: () => iptables(host, '-D') };
}

async function iptables(host: Host, action: '-A' | '-D'): Promise<void> {
  const { code, stderr } = await host.run('iptables', [action, ...RULE]);
  if (code !== 0) throw new Error(`iptables: ${stderr}`);
}
