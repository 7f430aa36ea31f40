import type { Host } from '../lab/host.js';

export interface NmapScanOptions {
  /** -sS, -sT, … */
  readonly type: string;
  readonly target: string;
  readonly ports: readonly number[];
}

// Patient enough for a busy machine; a port that does not answer is asked twice.
const PATIENCE = ['--max-retries', '1', '--initial-rtt-timeout', '400ms', '--max-rtt-timeout', '500ms'];
const PORT = /<port protocol="\w+" portid="(?<port>\d+)"><state (?<state>[^/]*)\/>(?<service>[^\n]*?)<\/port>/gu;

/**
 * What nmap finds: for each port state, reason and the answer's TTL, in nmap's words, and whether a service was recognised.
 * @throws if nmap fails, or says nothing of a port
 */
export async function nmapScan(from: Host, { type, target, ports }: NmapScanOptions): Promise<Map<number, string>> {
  const six = target.includes(':') ? ['-6'] : [];
  const args = ['-Pn', '-n', '-v', '--reason', ...PATIENCE, type, ...six, '-oX', '-', '-p', ports.join(','), target];
  const { code, stdout, stderr } = await from.run('nmap', args, { timeoutMs: 60_000 });
  if (code !== 0) throw new Error(`nmap ${args.join(' ')}: ${stderr}`);
  const found = new Map<number, string>();
  for (const { groups } of stdout.matchAll(PORT)) {
    const probed = groups!['service']!.includes('method="probed"') ? ' recognised' : '';
    found.set(Number(groups!['port']), `${groups!['state']}${probed}`);
  }
  if (found.size !== ports.length) throw new Error(`nmap ${type} tells of ${found.size} ports:\n${stdout}`);
  return found;
}
