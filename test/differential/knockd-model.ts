import { TcpFlag } from '#wire';
import type { Step } from '#knock';
import { flagsOf } from './flags.js';
import { type Door, IGNORED_PORTS, LISTEN_PORT, type Packet, SERVED, type Switch } from './trace.js';

export interface Said {
  readonly source: string;
  readonly door: string;
  readonly what: string;
}

interface Attempt {
  readonly door: Door;
  readonly source: string;
  /** As in knockd: -1 once it has failed. It stays in the list until the next packet. */
  stage: number;
  startedMs: number;
  /** The packet that made the last step. */
  last: Packet;
}

const FAILED = -1;

/**
 * What knockd 0.8 makes of one packet after another, as its source (src/knockd.c) and its debug output say; each switch
 * puts one of the rules of docs/differences.md in the place of knockd's. It shares nothing with libs/knock.
 */
export class KnockdModel {
  /** How near a packet came to the end of an attempt of its source, in ms: nearer than a clock can tell is unsure. */
  readonly nearestMs = new Map<string, number>();
  private attempts: Attempt[] = [];

  constructor(
    private readonly doors: readonly Door[],
    private readonly switches: ReadonlySet<Switch>,
  ) {}

  /** What it says of this packet; undefined if it does not even see it. */
  observe(packet: Packet): Said[] | undefined {
    if (!this.has('foreignPortsVoid') && !this.doors.some((door) => passesFilter(door, packet))) return undefined;
    const said: Said[] = [];
    this.cleanUp(packet, said);
    const own = this.attempts.filter(({ source }) => source === packet.source);
    for (const attempt of own) this.judge(attempt, packet, said);
    for (const door of this.doors) {
      const mayBegin = own.length === 0 || (this.has('doorsIndependent') && !own.some((each) => each.door === door));
      if (mayBegin && this.concerns(door, packet) && isStep(packet, door.sequence[0])) this.begin(door, packet, said);
    }
    return said;
  }

  private has(name: Switch): boolean {
    return this.switches.has(name);
  }

  /** Before it looks at a packet knockd takes away what is over, completed or failed: everybody's attempts. */
  private cleanUp(packet: Packet, said: Said[]): void {
    const over = new Set(this.attempts.filter((attempt) => this.isOver(attempt, packet, said)));
    const [head] = this.attempts;
    // knockd forgets the rest of the list when its head goes
    const forgets = !this.has('attemptIsItsOwn') && head !== undefined && over.has(head);
    this.attempts = forgets ? [] : this.attempts.filter((attempt) => !over.has(attempt));
  }

  private isOver(attempt: Attempt, { atMs, source }: Packet, said: Said[]): boolean {
    const { door, stage, startedMs } = attempt;
    if (stage === FAILED || stage === door.sequence.length) return true;
    const timeoutMs = door.seqTimeoutS * 1000;
    const tooLateMs = atMs - startedMs - timeoutMs;
    if (source === attempt.source) {
      this.nearestMs.set(source, Math.min(Math.abs(tooLateMs), this.nearestMs.get(source) ?? Infinity));
    }
    const timedOut = this.has('exactTime') ? tooLateMs > 0 : second(atMs) - second(startedMs) >= door.seqTimeoutS;
    if (timedOut) said.push({ source: attempt.source, door: door.name, what: `sequence timeout (stage ${stage})` });
    return timedOut;
  }

  private judge(attempt: Attempt, packet: Packet, said: Said[]): void {
    const { door, stage } = attempt;
    if (!this.concerns(door, packet)) return;
    const repeats = this.has('repeatsIgnored') && isStep(packet, door.sequence[stage - 1]);
    if (repeats && isRetransmission(packet, attempt.last)) return;
    if (isStep(packet, door.sequence[stage])) {
      advance(attempt, packet, said);
    } else if (!repeats && !this.isExempt(door, packet)) {
      attempt.stage = FAILED;
      if (!this.has('voidingPacketStartsAnew') || !isStep(packet, door.sequence[0])) return;
      Object.assign(attempt, { stage: 0, startedMs: packet.atMs });
      advance(attempt, packet, said);
    }
  }

  private begin(door: Door, packet: Packet, said: Said[]): void {
    const attempt: Attempt = { door, source: packet.source, stage: 0, startedMs: packet.atMs, last: packet };
    this.attempts.push(attempt);
    advance(attempt, packet, said);
  }

  /** Whether this door looks at the packet at all. */
  private concerns(door: Door, { protocol, flags }: Packet): boolean {
    if (this.has('onlyOwnProtocols') && !door.sequence.some((step) => step.protocol === protocol)) return false;
    if (protocol === 'udp') return true;
    const unasked = flagsOf(door.tcpFlags).set === 0 && (flags & TcpFlag.RST) !== 0;
    return matchesFlags(door, flags) && !(unasked && this.has('rstIsNoKnock'));
  }

  private isExempt(door: Door, packet: Packet): boolean {
    const { protocol, port } = packet;
    const served = SERVED[protocol] === port || (protocol === 'tcp' && port === LISTEN_PORT);
    const own = door.sequence.some((step) => isStep(packet, step));
    return this.has('servedAndIgnoredExempt') && (served || IGNORED_PORTS.some((each) => each === port)) && !own;
  }
}

function advance(attempt: Attempt, packet: Packet, said: Said[]): void {
  const { source, door } = attempt;
  attempt.stage += 1;
  attempt.last = packet;
  said.push({ source, door: door.name, what: `Stage ${attempt.stage}` });
  if (attempt.stage === door.sequence.length) said.push({ source, door: door.name, what: 'OPEN SESAME' });
}

/** knockd's pcap filter: each door's own ports, TCP with the door's flags. */
function passesFilter(door: Door, packet: Packet): boolean {
  const isOwn = door.sequence.some((step) => isStep(packet, step));
  return isOwn && (packet.protocol === 'udp' || matchesFlags(door, packet.flags));
}

function matchesFlags({ tcpFlags }: Door, flags: number): boolean {
  const { set, clear } = flagsOf(tcpFlags);
  return (flags & set) === set && (flags & clear) === 0;
}

function isStep({ protocol, port }: Packet, step: Step | undefined): boolean {
  return step !== undefined && step.protocol === protocol && step.port === port;
}

function isRetransmission(packet: Packet, of: Packet): boolean {
  return packet.sourcePort === of.sourcePort && packet.repeated === of.repeated;
}

function second(ms: number): number {
  return Math.floor(ms / 1000);
}
