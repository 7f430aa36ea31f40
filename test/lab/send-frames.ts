import { writeFile } from 'node:fs/promises';
import type { Host } from './host.js';
import { pcapFile } from './pcap-file.js';
import { TempDir } from './temp-dir.js';

/** Puts Ethernet frames on a host's link as they are, in their order. @throws (rejects) unless all are sent */
export async function sendFrames(
  from: Host,
  frames: readonly Buffer[],
  { perSecond }: { readonly perSecond?: number } = {},
): Promise<void> {
  await using directory = await TempDir.create('frames');
  const file = directory.file('frames.pcap');
  await writeFile(file, pcapFile.encode(frames));
  const pace = perSecond === undefined ? [] : [`--pps=${perSecond}`];
  const { code, stdout, stderr } = await from.run('tcpreplay', [...pace, '-i', from.interface, file]);
  const sent = /Successful packets:\s+(\d+)/u.exec(stdout)?.[1];
  if (code !== 0 || sent !== String(frames.length)) throw new Error(`tcpreplay sent ${sent}: ${stderr}${stdout}`);
}

/** The hardware address of a host's link. */
export async function macOf(host: Host): Promise<Buffer> {
  const { stdout } = await host.run('cat', [`/sys/class/net/${host.interface}/address`]);
  return Buffer.from(stdout.trim().replaceAll(':', ''), 'hex');
}
