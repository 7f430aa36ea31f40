import { writeFile } from 'node:fs/promises';
import { buildPacket } from '../../libs/wire/build-packet.fixture.js';
import type { Host } from '../lab/host.js';
import { TempDir } from '../lab/temp-dir.js';

interface TaggedKnock {
  readonly port: number;
  /** 0: a priority only, no VLAN (IEEE 802.1Q, 9.6). */
  readonly vlan: number;
}

const TPID = 0x8100;
const ETHERTYPE_IPV4 = 0x0800;
const PRIORITY = 5 << 13;
const LINKTYPE_ETHERNET = 1;
const SNAP_LENGTH = 65_535;

/** Sends SYNs as 802.1Q frames. */
export async function sendTagged(from: Host, to: Host, knocks: readonly TaggedKnock[]): Promise<void> {
  const [source, destination] = [await macOf(from), await macOf(to)];
  const frames = knocks.map(({ port, vlan }) => {
    const tag = Buffer.alloc(6);
    tag.writeUInt16BE(TPID, 0);
    tag.writeUInt16BE(PRIORITY | vlan, 2);
    tag.writeUInt16BE(ETHERTYPE_IPV4, 4);
    return Buffer.concat([destination, source, tag, syn(from, to, port)]);
  });
  await using directory = await TempDir.create('frames');
  const file = directory.file('frames.pcap');
  await writeFile(file, pcap(frames));
  const { code, stderr } = await from.run('tcpreplay', ['-q', '-i', from.interface, file]);
  if (code !== 0) throw new Error(`tcpreplay: ${stderr}`);
}

function syn(from: Host, to: Host, port: number): Uint8Array {
  return buildPacket({
    protocol: 'tcp',
    source: from.address,
    destination: to.address,
    sourcePort: 40_000,
    destinationPort: port,
  });
}

async function macOf(host: Host): Promise<Buffer> {
  const { stdout } = await host.run('cat', [`/sys/class/net/${host.interface}/address`]);
  return Buffer.from(stdout.trim().replaceAll(':', ''), 'hex');
}

/** A capture file (pcap-savefile(5)); all frames at time 0. */
function pcap(frames: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAP_LENGTH, 16);
  header.writeUInt32LE(LINKTYPE_ETHERNET, 20);
  const records = frames.flatMap((frame) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return [record, frame];
  });
  return Buffer.concat([header, ...records]);
}
