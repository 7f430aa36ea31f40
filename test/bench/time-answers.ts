import { buildPacket } from '../../libs/wire/build-packet.fixture.js';
import { FrameProbe } from '../../libs/kernel/frame-probe.fixture.js';
import type { Host } from '../lab/host.js';
import { macOf } from '../lab/send-frames.js';

export interface TimingOptions {
  readonly from: Host;
  readonly to: Host;
  readonly family: 4 | 6;
  /** The two ports whose answers are timed in turn. */
  readonly ports: readonly [number, number];
  readonly pairs: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

const SOURCE_PORTS = { first: 20_000, count: 4096 } as const;
const WARM_UP_PAIRS = 3000;
const ETHERTYPE = { 4: 0x0800, 6: 0x86dd } as const;
const ETHERNET_BYTES = 14;
const IP_BYTES = { 4: 20, 6: 40 } as const;
const TCP = { source: 0, destination: 2, checksum: 16 } as const;

/** ns from a SYN to its answer, of either port, in pairs of random order, each from a random source port. */
export async function timeAnswers(options: TimingOptions): Promise<readonly [Float64Array, Float64Array]> {
  const { from, to, family, ports, pairs, random } = options;
  const index = await from.run('cat', [`/sys/class/net/${from.interface}/ifindex`]);
  const header = Buffer.concat([await macOf(to), await macOf(from), uint16(ETHERTYPE[family])]);
  // One frame for both ports, changed before each use: two would lie in memory differently, which can be measured.
  const frame = Buffer.concat([header, syn(options, ports[0], SOURCE_PORTS.first)]);
  const checksums = ports.map((port) => checksumsOf(options, port));
  const at = ETHERNET_BYTES + IP_BYTES[family];
  using probe = new FrameProbe({ netns: from.netns!, interfaceIndex: Number(index.stdout), family });
  const one = (which: number): number => {
    const k = Math.floor(random() * SOURCE_PORTS.count);
    const [port, source] = [ports[which]!, SOURCE_PORTS.first + k];
    frame.writeUInt16BE(source, at + TCP.source);
    frame.writeUInt16BE(port, at + TCP.destination);
    frame.writeUInt16BE(checksums[which]![k]!, at + TCP.checksum);
    return probe.time(
      frame,
      (answer) => answer.readUInt16BE(at + TCP.source) === port && answer.readUInt16BE(at + TCP.destination) === source,
    );
  };
  const times = [new Float64Array(pairs), new Float64Array(pairs)] as const;
  for (let i = -WARM_UP_PAIRS; i < pairs; i += 1) {
    const first = random() < 0.5 ? 0 : 1;
    for (const which of [first, 1 - first]) {
      const ns = one(which);
      if (i >= 0) times[which]![i] = ns;
    }
  }
  return times;
}

function syn({ from, to, family }: TimingOptions, destinationPort: number, sourcePort: number): Buffer {
  const address = family === 4 ? 'address' : 'address6';
  const [source, destination] = [from[address], to[address]];
  return Buffer.from(buildPacket({ protocol: 'tcp', source, destination, sourcePort, destinationPort }));
}

/** By source port, from the first on. */
function checksumsOf(options: TimingOptions, port: number): Uint16Array {
  const at = IP_BYTES[options.family] + TCP.checksum;
  return new Uint16Array(SOURCE_PORTS.count).map((_, k) => syn(options, port, SOURCE_PORTS.first + k).readUInt16BE(at));
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
