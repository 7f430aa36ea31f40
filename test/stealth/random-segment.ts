import { randomInt } from 'node:crypto';
import { TcpFlag } from '../../libs/wire/tcp-flag.js';
import type { PacketDescription } from '../../libs/wire/build-packet.fixture.js';

/** A TCP segment without its addresses and ports. */
export type Segment = Omit<PacketDescription, 'protocol' | `${'source' | 'destination'}${'' | 'Port'}`> & {
  readonly wrongChecksum: boolean;
};

const { FIN, SYN, RST, PSH, ACK, URG, ECE, CWR } = TcpFlag;
/** What scanners and stacks send; the rest of the 256 comes from chance. */
const USUAL_FLAGS = [
  SYN,
  ACK,
  FIN,
  0,
  RST,
  SYN | ACK,
  FIN | ACK,
  PSH | ACK,
  RST | ACK,
  FIN | PSH | URG,
  SYN | ECE | CWR,
];
const MSS = [2, 4, 5, 180];
const SACK_PERMITTED = [1, 1, 4, 2];
const TIMESTAMPS = [1, 1, 8, 10, 0, 1, 2, 3, 0, 0, 0, 0];
const WINDOW_SCALE = [1, 3, 3, 7];
const FAST_OPEN = [34, 2, 1, 1]; // a wish for a cookie (RFC 7413, 4.1.1)
const MD5_SIGNATURE = [1, 1, 19, 18, ...Array<number>(16).fill(0xa5)]; // RFC 2385
const END_AT_ONCE = [0, 0, 0, 0];
const TOO_LONG = [2, 255, 5, 180];
const USUAL_OPTIONS = [
  [],
  MSS,
  [...MSS, ...SACK_PERMITTED, ...TIMESTAMPS, ...WINDOW_SCALE],
  TIMESTAMPS,
  FAST_OPEN,
  MD5_SIGNATURE,
  END_AT_ONCE,
  TOO_LONG,
];
const EDGES = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff];
const MAX_PAYLOAD = 1300;

export type Random = () => number;

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The one of the environment, to repeat a run, or another each time. */
export function chooseSeed(): number {
  return Number(process.env['SEED'] ?? randomInt(2 ** 31));
}

/** Anything that could stand in a TCP header, right or wrong. */
export function randomSegment(random: Random): Segment {
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const word = (): number => (random() < 0.3 ? pick(EDGES) : below(2 ** 32));
  const bytes = (length: number): number[] => Array.from({ length }, () => below(256));
  return {
    flags: random() < 0.5 ? pick(USUAL_FLAGS) : below(256),
    sequence: word(),
    acknowledgement: word(),
    window: random() < 0.3 ? pick([0, 1, 0xffff]) : below(2 ** 16),
    urgentPointer: random() < 0.2 ? below(2 ** 16) : 0,
    reserved: random() < 0.1 ? below(16) : 0,
    ...(random() < 0.1 ? { dataOffset: below(16) } : {}),
    tcpOptions: random() < 0.8 ? pick(USUAL_OPTIONS) : bytes(4 * (1 + below(10))),
    payload: random() < 0.3 ? bytes(1 + below(MAX_PAYLOAD)) : [],
    hops: 1 + below(255),
    trafficClass: random() < 0.3 ? below(256) : 0,
    wrongChecksum: random() < 0.05,
  };
}
