import { writeFile } from 'node:fs/promises';
import type { Host } from '../lab/host.js';
import { TempDir } from '../lab/temp-dir.js';

/** The recipe "port knocking HTTP": its knockd.conf, to the letter but for cmd_timeout. */
export const recipe = (cmdTimeout = 59): string => `[options]
        UseSyslog
[HTTP]
        sequence      = 6000,7000,8000,9000
        tcpflags      = syn
        seq_timeout   = 45
        start_command = /sbin/iptables -I INPUT 1 -s %IP% -p tcp --dport 80 -j ACCEPT
        cmd_timeout   = ${cmdTimeout}
        stop_command  = /sbin/iptables -D INPUT -s %IP% -p tcp --dport 80 -j ACCEPT
`;

/**
 * The recipe's knock. Its --host_timeout is today's --host-timeout (nmap 7.93 knows the old spelling no more), and -n
 * because a lab has no DNS server that could name the target.
 */
export async function nmapKnock(
  from: Host,
  target: string,
  ports: readonly number[] = [6000, 7000, 8000, 9000],
): Promise<void> {
  const six = target.includes(':') ? ['-6'] : [];
  for (const port of ports) {
    const args = ['-Pn', '-n', '--host-timeout', '201', '--max-retries', '0', '-p', String(port), ...six, target];
    const { code, stderr } = await from.run('nmap', args);
    if (code !== 0) throw new Error(`nmap: ${stderr}`);
  }
}

/** What curl gets: its exit code (7 refused, 56 reset …) and the body. */
export async function curl(
  from: Host,
  url: string,
  ...args: string[]
): Promise<{ readonly code: number; readonly body: string }> {
  const { code, stdout } = await from.run('curl', ['-sS', '--max-time', '5', ...args, url]);
  return { code, body: stdout };
}

/** A file in a temporary folder of its own. */
export async function tempFile(
  name: string,
  text: string,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const directory = await TempDir.create('config');
  const path = directory.file(name);
  await writeFile(path, text);
  return { path, remove: () => directory.remove() };
}
