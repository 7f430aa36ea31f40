import { buildPacket } from '../../libs/wire/build-packet.fixture.js';
import type { Host } from '../lab/host.js';
import type { Packet } from './trace.js';

const ETHERTYPE = { 4: 0x0800, 6: 0x86dd } as const;

/** A link from one interface to another. */
export interface Link {
  readonly from: Buffer;
  readonly to: Buffer;
}

export async function macOf(host: Host): Promise<Buffer> {
  const { stdout } = await host.run('cat', [`/sys/class/net/${host.interface}/address`]);
  return Buffer.from(stdout.trim().replaceAll(':', ''), 'hex');
}

/** The packet as an Ethernet frame to `host`. */
export function frame(packet: Packet, host: Pick<Host, 'address' | 'address6'>, { from, to }: Link): Buffer {
  const isV6 = packet.source.includes(':');
  const type = Buffer.alloc(2);
  type.writeUInt16BE(ETHERTYPE[isV6 ? 6 : 4]);
  const ip = buildPacket({
    protocol: packet.protocol,
    source: packet.source,
    destination: isV6 ? host.address6 : host.address,
    sourcePort: packet.sourcePort,
    destinationPort: packet.port,
    flags: packet.flags,
    sequence: packet.repeated,
    ...(packet.protocol === 'udp' ? { payload: [packet.repeated >>> 8, packet.repeated & 0xff] } : {}),
  });
  return Buffer.concat([to, from, type, ip]);
}
