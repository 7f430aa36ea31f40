import { type FileHandle, open } from 'node:fs/promises';
import { PortSet, type Protocol } from '#knock';

const TCP_LISTEN = '0A'; // include/net/tcp_states.h

/**
 * The ports on which this host serves, by /proc/net (proc(5)): what listens on TCP, what is bound on UDP. Knocks at
 * these are more likely a browser's or a colleague's than a wrong knock.
 */
export async function servedPorts(procNet = '/proc/net'): Promise<PortSet> {
  const served = new PortSet();
  await Promise.all(
    (['tcp', 'tcp6', 'udp', 'udp6'] as const).map((file) =>
      readTable(`${procNet}/${file}`, file.slice(0, 3) as Protocol, served),
    ),
  );
  return served;
}

async function readTable(path: string, protocol: Protocol, served: PortSet): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch {
    return; // a host without IPv6 has no tcp6
  }
  for await (const line of file.readLines()) {
    const [, local, , state] = line.trim().split(/\s+/u);
    const port = Number.parseInt(local?.split(':')[1] ?? '', 16);
    if (Number.isNaN(port)) continue; // the heading
    // Listeners come first: a busy host's many connections need not be read.
    if (protocol === 'tcp' && state !== TCP_LISTEN) break;
    served.add(protocol, port);
  }
  await file.close();
}
