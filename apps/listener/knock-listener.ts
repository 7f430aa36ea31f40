import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Address, formatAddress } from '#address';
import type { DoorSettings, Settings } from '#config';
import { GrantStore, monotonicMs } from '#grants';
import { type AttemptKeeper, type Outcome, PacketJournal, PortSet } from '#knock';
import { Heartbeat, type Part, SETTINGS } from '#runtime';
import { DoorCounts, EventLog, Metrics } from '#telemetry';
import type { Packet } from '#wire';
import { capturePlan } from './capture-plan.js';
import { type CompletedKnock, type GrantResult, GrantWriter } from './grant-writer.js';
import { type Capture, RECEIVE_BUFFER_BYTES, requireInterfaces } from './capture.js';
import { chooseCapture, refuseUnfit } from './choose-capture.js';
import { CaptureWatch } from './capture-watch.js';
import { openAttempts } from './open-attempts.js';
import { OneTimeSequences } from './one-time-sequences.js';
import { PacketCapture } from './packet-capture.js';
import { RawCapture } from './raw-capture.js';
import { servedPorts } from './served-ports.js';
import { StepLog } from './step-log.js';

/** What the packets are judged by. */
export interface HeardBy {
  /** What is open, as in the log. */
  readonly capture: string;
  readonly packets: number;
  readonly drops: number;
  readonly healthy: boolean;
  readonly ignorePorts: readonly number[];
  /** With the sequence that comes next where each works once; with none where all are used. */
  readonly doors: readonly DoorSettings[];
  /** Addresses that are granted nothing. */
  readonly bridge: readonly string[];
}

/** Hears packets, keeps the attempts, and has completed knocks granted. Never sends anything. */
@Injectable()
export class KnockListener implements Part, OnApplicationBootstrap, OnApplicationShutdown {
  /** SECURITY: it has ports of sequences, for the control socket alone. */
  readonly journal: PacketJournal;
  private readonly attempts: AttemptKeeper;
  /** Chosen at start, while the rights to look at the firewall are there. */
  private capture: Capture | undefined;
  private readonly watch: CaptureWatch;
  private doors = new Map<string, DoorSettings>();
  private readonly oneTime = new OneTimeSequences();
  private askingForClaims = false;
  private readonly steps: StepLog;
  private readonly report = (outcome: Outcome): void => this.onOutcome(outcome);
  private skipped: readonly number[] = [];
  private readonly counts = new DoorCounts<Outcome['kind']>(['advanced', 'voided', 'timed_out', 'opened']);
  private packets = 0;
  /** Of all captures so far; of the present one as far as it is counted; and as far as it is said. */
  private drops = { all: 0, counted: 0, said: 0 };

  constructor(
    @Inject(SETTINGS) private settings: Settings,
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(GrantWriter) private readonly writer: GrantWriter,
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(Heartbeat) heartbeat: Heartbeat,
    @Inject(Metrics) metrics: Metrics,
  ) {
    heartbeat.watch(this);
    this.measure(metrics);
    this.watch = new CaptureWatch(log);
    this.steps = new StepLog(log, store);
    this.journal = new PacketJournal(settings.limits.journal);
    this.attempts = openAttempts(settings, { journal: this.journal, log, metrics });
  }

  async onApplicationBootstrap(): Promise<void> {
    this.oneTime.load(this.settings.doors);
    const { warning, ...choice } = await chooseCapture({ ...this.settings, doors: this.doorsHeard });
    const Kind = choice.capture === 'packet' ? PacketCapture : RawCapture;
    this.capture = new Kind(
      (packet) => this.onPacket(packet),
      (error) => this.watch.failed(error),
    );
    await this.apply(this.settings);
    this.writer.warnOfBridge();
    const { receiveBufferBytes: bytes, description: sockets, slow } = this.capture;
    if (bytes < RECEIVE_BUFFER_BYTES) this.log.emit({ event: 'receive_buffer', bytes, wanted: RECEIVE_BUFFER_BYTES });
    if (slow !== undefined) this.log.emit({ event: 'capture_slow', reason: slow });
    this.log.emit({ event: 'hearing', sockets, ...choice });
    if (warning !== undefined) this.log.emit(warning);
  }

  onApplicationShutdown(): void {
    this.capture?.close();
    this.attempts.close?.();
  }

  /** Takes new doors; those that are as before keep their attempts. */
  async apply(settings: Settings): Promise<void> {
    requireInterfaces(settings.interfaces);
    if (this.capture instanceof RawCapture) refuseUnfit(settings.doors);
    this.settings = settings;
    this.oneTime.load(settings.doors);
    this.counts.know(settings.doors);
    this.writer.know(settings.doors);
    this.doors = new Map(settings.doors.map((door) => [door.name, door]));
    this.setSequences();
    for (const door of this.oneTime.exhausted) this.log.emit({ event: 'sequences_exhausted', door });
    await this.refreshServedPorts();
    this.openCapture();
  }

  /** Passes over one-time sequences that other listeners have used. One question at a time; without the store, none. */
  async followClaims(): Promise<void> {
    if (this.askingForClaims) return;
    this.askingForClaims = true;
    try {
      for (const [door, tokens] of this.oneTime.ahead) {
        if (this.oneTime.skip(door, await this.store.claimed(door, tokens))) this.moveOn(door);
      }
    } catch {
      // the store is away, or the file cannot be written: then the sequence is refused when it is knocked
    } finally {
      this.askingForClaims = false;
    }
  }

  /** Follows interfaces that went and came back, and opens anew what has failed. */
  watchCapture(): void {
    if (this.capture !== undefined) this.watch.look(this.capture, () => this.openCapture());
  }

  /** Learns anew on which ports this host serves. */
  async refreshServedPorts(): Promise<void> {
    const exempt = await servedPorts();
    for (const protocol of ['tcp', 'udp'] as const) {
      for (const port of this.settings.ignorePorts) exempt.add(protocol, port);
    }
    for (const door of this.settings.doors) for (const { port } of door.listen) exempt.add('tcp', port);
    this.attempts.setExemptPorts(exempt);
    this.skip(exempt);
  }

  sweep(): void {
    this.attempts.sweep(monotonicMs(), this.report);
  }

  /** Says how many lines were left out, if any. */
  reportSuppressed(): void {
    const count = this.steps.takeSuppressed();
    if (count > 0) this.log.emit({ event: 'stages_suppressed', count });
  }

  /** Why it hears nothing; undefined: it hears. */
  get problem(): string | undefined {
    return this.capture === undefined
      ? 'hears nothing yet: it is starting'
      : (this.watch.problem ?? this.attempts.problem);
  }

  /** Says how many packets were lost since it last said so, if any. */
  reportDrops(): void {
    const count = this.countDrops() - this.drops.said;
    if (count > 0) this.log.emit({ event: 'packets_dropped', count });
    this.drops.said = this.drops.all;
  }

  /** What the packets are judged by just now. SECURITY: sequences and all, for the control socket alone. */
  get heardBy(): HeardBy {
    const { ignorePorts, doors } = this.settings;
    const { capture, packets } = this;
    const current = doors.map((door) => this.oneTime.current(door));
    return {
      capture: capture?.description ?? '',
      packets,
      drops: this.countDrops(),
      healthy: this.problem === undefined,
      ignorePorts,
      doors: current,
      bridge: this.writer.bridge,
    };
  }

  /** What it has seen, for the log. */
  gauges(): Record<string, number> {
    const { first, advanced } = this.attempts.sizes;
    return { packets: this.packets, drops: this.countDrops(), first_attempts: first, advanced_attempts: advanced };
  }

  private measure(metrics: Metrics): void {
    metrics.read('knockgate_packets_seen_total', () => this.packets);
    metrics.read('knockgate_packets_dropped_total', () => this.countDrops());
    metrics.read('knockgate_attempts_total', () => this.counts.by('outcome'));
  }

  /** All packets that were lost so far. A capture that was opened anew begins at 0. */
  private countDrops(): number {
    const { drops } = this;
    const now = this.capture?.drops ?? 0;
    drops.all += now < drops.counted ? now : now - drops.counted;
    drops.counted = now;
    return drops.all;
  }

  /** Exempt ports that are in no sequence cannot matter to any attempt: the kernel drops their packets at once. */
  private skip(exempt: PortSet): void {
    const own = new Set(this.doorsHeard.flatMap((door) => door.sequence.map((step) => step.port)));
    const both = exempt.list('tcp').filter((port) => exempt.has('udp', port) || !this.usesUdp());
    const skipped = both.filter((port) => !own.has(port));
    if (skipped.join() === this.skipped.join()) return;
    this.skipped = skipped;
    this.capture?.setSkippedPorts(skipped);
  }

  private usesUdp(): boolean {
    return this.doorsHeard.some((door) => door.sequence.some((step) => step.protocol === 'udp'));
  }

  private onPacket(packet: Packet): void {
    this.packets += 1;
    this.attempts.observe(packet, monotonicMs(), this.report);
  }

  private openCapture(): void {
    const { interfaces } = this.settings;
    this.capture?.open({ filters: capturePlan(this.doorsHeard, this.skipped), interfaces });
    this.watch.opened();
  }

  private onOutcome(outcome: Outcome): void {
    this.count(outcome);
    if (outcome.kind === 'opened') {
      const door = this.doors.get(outcome.door.name);
      if (door !== undefined) this.open(door, outcome);
      return;
    }
    this.steps.take(outcome);
  }

  /** A flood of first knocks comes by here: a field that is named costs 5 ns, one that is looked up by its kind 20. */
  private count({ door, kind }: Outcome): void {
    const counts = this.counts.of(door.name);
    switch (kind) {
      case 'advanced':
        counts.advanced += 1;
        break;
      case 'voided':
        counts.voided += 1;
        break;
      case 'timed_out':
        counts.timed_out += 1;
        break;
      case 'opened':
        counts.opened += 1;
        break;
      default: {
        const exhaustive: never = kind;
        return exhaustive;
      }
    }
  }

  private open(door: DoorSettings, { source, heardMs }: Extract<Outcome, { kind: 'opened' }>): void {
    const knock = { ip: formatAddress(source), heardMs, takeSteps: () => this.steps.takeUntold(door.name) };
    if (door.oneTimeSequences === undefined) {
      void this.grant(door, source, knock);
      return;
    }
    try {
      // SECURITY: first in the file, then the grant: a crash in between uses it up, and opens nothing
      const once = this.oneTime.burn(door.name);
      if (once !== undefined) void this.grant(door, source, { ...knock, once });
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      this.log.emit({ event: 'sequence_file_failed', ip: knock.ip, door: door.name, reason: code });
      this.note(door, source, 'sequence_file_failed');
    }
    this.moveOn(door.name);
  }

  private async grant(door: DoorSettings, source: Address, knock: CompletedKnock): Promise<void> {
    this.note(door, source, await this.writer.open(door, knock));
  }

  private note(door: DoorSettings, source: Address, verdict: GrantResult | 'sequence_file_failed'): void {
    this.journal.result(source, { timeMs: monotonicMs(), verdict, door: door.name });
  }

  private moveOn(door: string): void {
    this.setSequences();
    if (this.oneTime.exhausted.includes(door)) this.log.emit({ event: 'sequences_exhausted', door });
  }

  private setSequences(): void {
    this.attempts.setDoors(this.settings.doors.map((door) => this.oneTime.current(door)));
  }

  /** As the capture must know them. */
  private get doorsHeard(): DoorSettings[] {
    return this.settings.doors.map((door) => this.oneTime.all(door));
  }
}
