import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPacket } from '../../libs/wire/build-packet.fixture.js';
import { Capture } from '../lab/capture.js';
import type { Host } from '../lab/host.js';
import { NetLab } from '../lab/netlab.js';
import { macOf, sendFrames } from '../lab/send-frames.js';
import { answerFrame } from './answer-frame.js';
import { HiddenHost, PORT } from './hidden-host.js';
import { chooseSeed, randomSegment, type Segment, seeded } from './random-segment.js';

const SEGMENTS = 1000;
const FAMILIES = [4, 6] as const;
/** To IPv4 and IPv6 together. RSTs, faulty segments and unknown signatures get none, which is about half of them. */
const FEWEST_ANSWERS = 0.7 * SEGMENTS;
/** A hidden port and a closed one: http and tcp take turns. */
const PAIRS = [
  [PORT.HTTP, PORT.closed],
  [PORT.TCP, PORT.closedToo],
] as const;
const FIRST_SOURCE_PORT = 20_000; // below those that the kernel gives to connections of its own
const PER_SECOND = 10_000;
const ETHERTYPE = { 4: 0x0800, 6: 0x86dd } as const;
const CHECKSUM = { 4: 20 + 16, 6: 40 + 16 } as const;
const NO_NEIGHBOUR_DISCOVERY = '(tcp or icmp or (icmp6 and ip6[40] < 128))';

interface Difference {
  readonly segment: Segment;
  readonly hidden: readonly string[];
  readonly closed: readonly string[];
}

describe('random TCP segments to hidden ports and to ports at which nothing listens', () => {
  let lab: NetLab;
  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['stranger', 'elsewhere', 'former'] });
  });
  afterAll(() => lab.stop());

  /** Sends each segment to both of a pair, one after the other, and compares what comes back, frame by frame. */
  const compare = async (from: Host, seed: number) => {
    const random = seeded(seed);
    const segments = Array.from({ length: SEGMENTS }, () => randomSegment(random));
    const { server } = lab;
    const header = Buffer.concat([await macOf(server), await macOf(from)]);
    const frames = segments.flatMap((segment, i) =>
      FAMILIES.flatMap((family) => {
        const ports = PAIRS[i % PAIRS.length]!.map((port) => frameOf(segment, { family, from, to: server, port, i }));
        return (random() < 0.5 ? ports : ports.toReversed()).map((packet) => Buffer.concat([header, packet]));
      }),
    );
    const filter = `(src host ${server.address} or src host ${server.address6}) and ${NO_NEIGHBOUR_DISCOVERY}`;
    await using capture = await Capture.start(from, { filter });
    await sendFrames(from, frames, { perSecond: PER_SECOND });
    // its answer comes after all others
    await from.run('ping', ['-c', '1', server.address6]);
    return differences(segments, await capture.frames());
  };

  describe.each(['closed by steer', 'closed by drop'] as const)('%s', (way) => {
    let hidden: HiddenHost;
    beforeAll(async () => {
      hidden = await HiddenHost.start(lab.server, way);
      await hidden.grant(lab.host('elsewhere'), 'OTHER');
      for (const door of ['HTTP', 'TCP'] as const) {
        await hidden.grant(lab.host('former'), door);
        await hidden.endGrant(lab.host('former'), door);
      }
    });
    afterAll(() => hidden[Symbol.asyncDispose]());

    it.each([
      ['a stranger', 'stranger'],
      ['one with a grant at another door', 'elsewhere'],
      ['one whose grants are over', 'former'],
    ])('%s gets the same frames from both', async (_who, name) => {
      const seed = chooseSeed();
      const { different, answered } = await compare(lab.host(name), seed);
      expect(different, `SEED=${seed}`).toEqual([]);
      expect(answered, `SEED=${seed}`).toBeGreaterThan(FEWEST_ANSWERS);
      expect(answered, `SEED=${seed}`).toBeLessThan(2 * SEGMENTS);
    });
  });

  it('filtered: hidden ports answer none, closed ones do', async () => {
    await using hidden = await HiddenHost.start(lab.server, 'filtered');
    const seed = chooseSeed();
    const { different, answered } = await compare(lab.host('stranger'), seed);
    expect(hidden.gateway.program.exitCode).toBeUndefined();
    expect(answered, `SEED=${seed}`).toBe(0);
    expect(different.length, `SEED=${seed}`).toBeGreaterThan(FEWEST_ANSWERS);
  });

  it('reset: the same segments tell hidden ports from closed ones', async () => {
    await using hidden = await HiddenHost.start(lab.server, 'reset');
    const seed = chooseSeed();
    const { different } = await compare(lab.host('stranger'), seed);
    expect(hidden.gateway.program.exitCode).toBeUndefined();
    expect(different.filter(({ hidden: got }) => got.length === 0).length, `SEED=${seed}`).toBeGreaterThan(0);
    expect(different.filter(({ hidden: got }) => got.length > 0).length, `SEED=${seed}`).toBeGreaterThan(0);
  });
});

interface Way {
  readonly family: 4 | 6;
  readonly from: Host;
  readonly to: Host;
  readonly port: number;
  /** Which segment: each comes from a port of its own, so that the answers can be told apart. */
  readonly i: number;
}

function frameOf(segment: Segment, { family, from, to, port, i }: Way): Buffer {
  const address = family === 4 ? 'address' : 'address6';
  const packet = buildPacket({
    protocol: 'tcp',
    source: from[address],
    destination: to[address],
    sourcePort: FIRST_SOURCE_PORT + i,
    destinationPort: port,
    ...segment,
  });
  if (segment.wrongChecksum) packet[CHECKSUM[family]]! ^= 0xff;
  const type = Buffer.alloc(2);
  type.writeUInt16BE(ETHERTYPE[family]);
  return Buffer.concat([type, packet]);
}

function differences(
  segments: readonly Segment[],
  frames: readonly Buffer[],
): { readonly different: readonly Difference[]; readonly answered: number } {
  const answers = new Map<string, string[]>();
  for (const { family, fromPort, toPort, shape } of frames.map(answerFrame)) {
    const key = `${family} ${fromPort} ${toPort}`;
    answers.set(key, [...(answers.get(key) ?? []), shape]);
  }
  const different: Difference[] = [];
  let answered = 0;
  for (const [i, segment] of segments.entries()) {
    for (const family of FAMILIES) {
      const [hidden, closed] = PAIRS[i % PAIRS.length]!.map(
        (port) => answers.get(`${family} ${port} ${FIRST_SOURCE_PORT + i}`) ?? [],
      ) as [string[], string[]];
      if (hidden.length > 0) answered += 1;
      if (hidden.join() !== closed.join()) different.push({ segment, hidden, closed });
    }
  }
  return { different, answered };
}
