import { formatAddress, parseAddress } from '#address';
import { type AttemptDoor, type AttemptSizes, type Judged, lossOf, monotonicMs, type RedisAttempts } from '#grants';
import {
  AttemptNotes,
  DoorPackets,
  type KnockDoor,
  MAX_IGNORED,
  type OutcomeListener,
  type PacketJournal,
  type PortSet,
} from '#knock';
import type { Packet } from '#wire';
import { outcomesOf } from './outcomes-of.js';
import { PacketLosses } from './packet-losses.js';
import { StepsOfPorts } from './steps-of-ports.js';

/** Told in one call: a millisecond or two of Redis's time. */
const MAX_TOLD = 256;
/** Packets that wait for a call: some 10 MB. First knocks, which anybody can send, leave half of it to all others. */
export const MAX_WAITING = 32_768;
const MAX_WAITING_FIRST = MAX_WAITING / 2;
/** What has waited longer for a Redis that hangs is told no more. */
const MAX_WAIT_MS = 1000;
/** Without an attempt here, other listeners' are looked after so often. */
const IDLE_SWEEP_MS = 1000;
/** Sources whose ignored packets are counted. */
const MAX_COUNTED = 10_000;
const FIRST_ONLY = ',1,';

/** What all doors share. */
export interface SharedMeans {
  readonly attempts: RedisAttempts;
  readonly journal: PacketJournal;
  /** How Redis has answered of a door; undefined: well. */
  readonly answered: (door: string, error: Error | undefined) => void;
  /** A packet was not told; `all`: any source may have been among those that were not. */
  readonly untold: (all: boolean) => void;
}

/** A packet, and what has become of it at the doors. */
export interface Heard {
  readonly packet: Packet;
  readonly nowMs: number;
  readonly report: OutcomeListener;
  /** Doors that have yet to answer. */
  left: number;
  noted: boolean;
}

/** One that is to be told to Redis. */
interface Told {
  readonly ip: string;
  readonly fingerprint: number;
  readonly steps: string;
  readonly heard: Heard;
  readonly place: number;
}

/**
 * Tells Redis of the packets that concern one door, in their order: one call at a time, of all that came meanwhile. What cannot be
 * told, for there is too much of it or Redis is away, voids the attempts of its source instead.
 */
export class SharedDoor {
  sizes: AttemptSizes = { first: 0, advanced: 0 };
  /** Another door has taken its place: nothing that comes of it counts. */
  private retired = false;
  private readonly packets: DoorPackets;
  private readonly notes: AttemptNotes;
  private readonly steps: StepsOfPorts;
  private readonly losses = new PacketLosses();
  private readonly ignored = new Map<string, number>();
  private queue: Told[] = [];
  private place = 0;
  private planned = false;
  private telling = false;
  private sweeping = false;
  private sweptMs = -Infinity;

  constructor(
    readonly door: KnockDoor,
    private readonly at: AttemptDoor,
    private readonly means: SharedMeans,
  ) {
    this.packets = new DoorPackets(door);
    this.notes = new AttemptNotes(means.journal, door);
    this.steps = new StepsOfPorts(door);
  }

  /** Packets that wait to be told, or for the answer; and a sweep that is under way. */
  get isIdle(): boolean {
    return !this.telling && !this.planned && !this.sweeping;
  }

  observe(heard: Heard, exempt: PortSet): void {
    const { packet, nowMs } = heard;
    if (!this.packets.concerns(packet)) return;
    if (this.packets.counts(packet)) return this.take(heard, this.stepsOf(packet, exempt));
    if (!this.packets.isOwn(packet)) return;
    this.notes.ofStranger({ verdict: 'flags', packet, nowMs });
    heard.noted = true;
  }

  sweep(nowMs: number, report: OutcomeListener): void {
    this.goOn();
    const { first, advanced } = this.sizes;
    const isDue = first + advanced > 0 || nowMs - this.sweptMs >= IDLE_SWEEP_MS;
    if (isDue && !this.sweeping) void this.endOver(nowMs, report);
  }

  retire(): void {
    this.retired = true;
    this.queue = [];
  }

  /** Where the last call has failed. */
  private goOn(): void {
    if (this.queue.length > 0 || this.losses.any) this.plan();
  }

  private stepsOf(packet: Packet, exempt: PortSet): string {
    if (this.packets.isOwn(packet)) return this.steps.of(packet);
    return this.packets.isExempt(packet, exempt) ? 'x' : '-';
  }

  private take(heard: Heard, steps: string): void {
    const { source, fingerprint } = heard.packet;
    const ip = formatAddress(source);
    this.place += 1;
    const mayWait = steps === FIRST_ONLY ? MAX_WAITING_FIRST : MAX_WAITING;
    if (this.queue.length >= mayWait) this.lose(ip, heard);
    else {
      heard.left += 1;
      this.queue.push({ ip, fingerprint, steps, heard, place: this.place });
    }
    this.plan();
  }

  private lose(ip: string, heard: Heard): void {
    this.losses.add(lossOf(ip), this.place);
    this.notes.ofStranger({ verdict: 'untold', packet: heard.packet, nowMs: heard.nowMs });
    heard.noted = true;
    this.means.untold(this.losses.all);
  }

  /** Once the packets at hand have been looked at. */
  private plan(): void {
    if (this.planned || this.telling) return;
    this.planned = true;
    setImmediate(() => {
      this.planned = false;
      void this.tellAll();
    });
  }

  /** Until nothing waits, or Redis is away. */
  private async tellAll(): Promise<void> {
    this.telling = true;
    let answered = true;
    while (answered && !this.retired && (this.queue.length > 0 || this.losses.any)) answered = await this.tellSome();
    this.telling = false;
  }

  private async tellSome(): Promise<boolean> {
    const told = this.inTime(this.queue.splice(0, MAX_TOLD));
    const next = this.queue[0]?.place ?? this.place + 1;
    const losses = this.losses.toTell(next);
    try {
      const { sizes, judged } = await this.means.attempts.advance(this.at, told, losses.losses);
      this.losses.told(losses, next);
      this.sizes = sizes;
      this.answered(undefined);
      this.settle(told, judged);
      return true;
    } catch (error) {
      this.giveUp(told);
      this.answered(error as Error);
      return false;
    }
  }

  private answered(error: Error | undefined): void {
    if (!this.retired) this.means.answered(this.door.name, error);
  }

  private inTime(told: Told[]): Told[] {
    const oldestMs = monotonicMs() - MAX_WAIT_MS;
    if (told.length === 0 || told[0]!.heard.nowMs >= oldestMs) return told;
    this.giveUp(told.filter(({ heard }) => heard.nowMs < oldestMs));
    return told.filter(({ heard }) => heard.nowMs >= oldestMs);
  }

  private giveUp(told: readonly Told[]): void {
    for (const { ip, heard } of told) {
      this.place += 1;
      heard.left -= 1;
      this.lose(ip, heard);
    }
  }

  private settle(told: readonly Told[], judged: readonly Judged[]): void {
    for (const each of judged) {
      // what comes of one may have another door take the place of this one, as with sequences that work once
      if (this.retired) return;
      this.conclude(told[each.packet]!, each);
    }
    for (const { heard } of told) {
      heard.left -= 1;
      if (heard.left === 0 && !heard.noted) this.means.journal.stray(heard.packet, heard.nowMs);
    }
  }

  private conclude({ ip, heard }: Told, { verdict, before }: Judged): void {
    heard.noted = true;
    const { packet, nowMs, report } = heard;
    if (verdict === 'repeat' || verdict === 'exempt') {
      if (this.countIgnored(ip) <= MAX_IGNORED) this.notes.ofStage(before, { verdict, packet, nowMs });
      return;
    }
    this.ignored.delete(ip);
    const begins = before === 0 || verdict === 'restarted' || verdict === 'late_restarted';
    if (begins) this.notes.ofStranger({ verdict, packet, nowMs });
    else this.notes.ofStage(before, { verdict, packet, nowMs });
    for (const outcome of outcomesOf(this.door, { verdict, before, packet, nowMs })) report(outcome);
  }

  private countIgnored(ip: string): number {
    const count = (this.ignored.get(ip) ?? 0) + 1;
    if (this.ignored.size >= MAX_COUNTED) this.ignored.clear();
    this.ignored.set(ip, count);
    return count;
  }

  private async endOver(nowMs: number, report: OutcomeListener): Promise<void> {
    this.sweeping = true;
    this.sweptMs = nowMs;
    try {
      for (let more = true; more && !this.retired;) {
        const swept = await this.means.attempts.sweep(this.at);
        this.sizes = swept.sizes;
        more = swept.more;
        for (const { ip, stage } of swept.ended) this.timeOut({ ip, stage, nowMs: monotonicMs(), report });
      }
      this.answered(undefined);
      this.goOn();
    } catch (error) {
      this.answered(error as Error);
    } finally {
      this.sweeping = false;
    }
  }

  private timeOut({
    ip,
    stage,
    nowMs,
    report,
  }: {
    ip: string;
    stage: number;
    nowMs: number;
    report: OutcomeListener;
  }): void {
    const source = parseAddress(ip);
    if (source === undefined || this.retired) return;
    this.notes.timedOutAt(stage, { source, known: stage > 1, nowMs });
    report({ kind: 'timed_out', door: this.door, source, stage });
  }
}
