import fc from 'fast-check';
import type { Protocol } from '#knock';
import { TcpFlag } from '#wire';
import { rightFlags } from './flags.js';
import { KnockdModel } from './knockd-model.js';
import { type Door, IGNORED_PORTS, KNOCKGATE, LISTEN_PORT, type LaneConfig, type Packet, SERVED } from './trace.js';

/** Packets must lie this far from the end of an attempt, or a busy machine's clock decides. */
const MARGIN_MS = 250;
/** Sockets of a protocol each: over `capture: raw` the order of what comes nearer than this is not kept. */
const RAW_GAP_MS = 40;

const SLIPS = [
  'retransmission',
  'again',
  'foreign',
  'exempt',
  'other door',
  'other protocol',
  'restart',
  'odd flags',
  'reset',
  'skip',
] as const;
type Kind = (typeof SLIPS)[number];
const slip = fc.record({ at: fc.nat(5), kind: fc.constantFrom(...SLIPS), pick: fc.nat(30) });
const wait = fc.record({
  at: fc.nat(4),
  share: fc.constantFrom(0.3, 0.6, 0.6, 'just within' as const, 'just over' as const, 'over' as const),
});

/** What one source does: it knocks at a door, now and then wrongly, slowly, or twice. */
const actorArbitrary = fc.record({
  door: fc.nat(3),
  v6: fc.constantFrom(true, false, false),
  startMs: fc.nat(120),
  gapMs: fc.constantFrom(0, 1, 5, 20, 50),
  sourcePort: fc.integer({ min: 30_000, max: 60_000 }),
  /** nmap: one source port and one sequence number for all ports. */
  likeNmap: fc.boolean(),
  /** Two of them: each within the time, and together over it. */
  waits: fc.oneof(
    { weight: 3, arbitrary: fc.array(wait, { maxLength: 0 }) },
    { weight: 2, arbitrary: fc.array(wait, { minLength: 1, maxLength: 2 }) },
  ),
  slips: fc.array(slip, { maxLength: 2 }),
  twice: fc.constantFrom(true, false, false, false, false),
});
type Actor = typeof actorArbitrary extends fc.Arbitrary<infer T> ? T : never;

type Knock = Pick<Packet, 'protocol' | 'port' | 'flags'> & { readonly copy?: true; readonly waitMs?: number };

/** One to four sources at once. `Packet.source` is the actor's number until the trace is given addresses. */
export function traceArbitrary(config: LaneConfig): fc.Arbitrary<Packet[]> {
  const actors = fc.oneof(
    { weight: 3, arbitrary: fc.array(actorArbitrary, { minLength: 1, maxLength: 1 }) },
    { weight: 2, arbitrary: fc.array(actorArbitrary, { minLength: 2, maxLength: 4 }) },
  );
  return actors
    .map((some) => some.flatMap((each, index) => play(each, index, config)).toSorted((x, y) => x.atMs - y.atMs))
    .filter((packets) => isSure(packets, config));
}

function isSure(packets: readonly Packet[], { doors }: LaneConfig): boolean {
  const model = new KnockdModel(doors, KNOCKGATE);
  for (const packet of packets) model.observe(packet);
  return packets.length > 0 && [...model.nearestMs.values()].every((ms) => ms > MARGIN_MS);
}

function play(actor: Actor, index: number, { doors, capture }: LaneConfig): Packet[] {
  const gapMs = capture === 'raw' ? Math.max(actor.gapMs, RAW_GAP_MS) : actor.gapMs;
  let atMs = actor.startMs;
  let fresh = 0;
  return knocksOf(actor, doors).map(({ copy, waitMs = 0, protocol, port, flags }) => {
    atMs += gapMs + waitMs;
    if (copy === undefined) fresh += 1;
    return {
      protocol,
      port,
      flags,
      atMs,
      source: `${index}${actor.v6 ? '/6' : ''}`,
      sourcePort: actor.sourcePort + (actor.likeNmap ? 0 : fresh),
      repeated: actor.likeNmap ? 77 : fresh,
    };
  });
}

function knocksOf(actor: Actor, doors: readonly Door[]): Knock[] {
  const door = doors[actor.door % doors.length]!;
  const once = door.sequence.flatMap((_, at) => stepOf(actor, { at, door, doors }));
  return actor.twice ? [...once, ...once] : once;
}

/** The knock at one step, with the slips about it; what comes first may come late. */
function stepOf({ slips, waits }: Actor, { at, door, doors }: Omit<Slip, 'knock' | 'pick'>): Knock[] {
  const step = door.sequence[at]!;
  const knock: Knock = { ...step, flags: rightFlags(door, step.protocol) };
  const here = slips.filter((each) => each.at % door.sequence.length === at);
  const before = here.flatMap(({ kind, pick }) => slipBefore(kind, { pick, knock, at, door, doors }));
  const after = here.flatMap(({ kind }) => slipAfter(kind, knock));
  const [first, ...rest] = here.some(({ kind }) => kind === 'skip') ? before : [...before, knock, ...after];
  if (first === undefined) return [];
  const late = waits.find((each) => 1 + (each.at % Math.max(1, door.sequence.length - 1)) === at);
  if (late === undefined) return [first, ...rest];
  return [{ ...first, waitMs: waitOf(late.share, door.seqTimeoutS * 1000) }, ...rest];
}

function slipAfter(kind: Kind, knock: Knock): Knock[] {
  if (kind === 'again') return [knock];
  return kind === 'retransmission' ? [{ ...knock, copy: true }] : [];
}

interface Slip {
  readonly pick: number;
  readonly knock: Knock;
  /** The knock's place in the door's sequence. */
  readonly at: number;
  readonly door: Door;
  readonly doors: readonly Door[];
}

function slipBefore(kind: Kind, { pick, knock, at: made, door, doors }: Slip): Knock[] {
  const one = <T>(list: readonly T[]): T => list[pick % list.length]!;
  const at = (protocol: Protocol, port: number): Knock => ({ protocol, port, flags: rightFlags(door, protocol) });
  const steps = doors.flatMap(({ sequence }) => sequence);
  switch (kind) {
    case 'foreign':
      return [at(knock.protocol, 4000 + pick)];
    case 'exempt':
      return [at(one(['tcp', 'udp']), one([...IGNORED_PORTS, SERVED.tcp, SERVED.udp, LISTEN_PORT]))];
    case 'other door':
      return [at(one(steps).protocol, one(steps).port)];
    case 'other protocol':
      return [at(knock.protocol === 'tcp' ? 'udp' : 'tcp', one(steps).port)];
    case 'restart':
      return door.sequence.slice(0, made).map((step) => at(step.protocol, step.port));
    case 'odd flags':
      return [{ ...at('tcp', one(steps).port), flags: one([TcpFlag.ACK, TcpFlag.FIN, TcpFlag.SYN | TcpFlag.ACK, 0]) }];
    case 'reset':
      return [{ ...at('tcp', one(steps).port), flags: one([TcpFlag.RST, TcpFlag.RST | TcpFlag.ACK]) }];
    case 'retransmission':
    case 'again':
    case 'skip':
      return [];
    default: {
      const exhaustive: never = kind;
      return exhaustive;
    }
  }
}

function waitOf(share: Actor['waits'][number]['share'], timeoutMs: number): number {
  switch (share) {
    case 'just within':
      return timeoutMs - 400;
    case 'just over':
      return timeoutMs + 300;
    case 'over':
      return timeoutMs + 1100;
    default:
      return timeoutMs * share;
  }
}
