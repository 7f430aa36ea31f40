import { buildPacket } from '../../libs/wire/build-packet.fixture.js';
import type { Host } from '../lab/host.js';
import { macOf, sendFrames } from '../lab/send-frames.js';

interface TaggedKnock {
  readonly port: number;
  /** 0: a priority only, no VLAN (IEEE 802.1Q, 9.6). */
  readonly vlan: number;
}

const TPID = 0x8100;
const ETHERTYPE_IPV4 = 0x0800;
const PRIORITY = 5 << 13;

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
  await sendFrames(from, frames);
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
