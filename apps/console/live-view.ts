import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { DoorSettings, Settings } from '#config';
import {
  compareIds,
  type EndReason,
  type Following,
  type Grant,
  type GrantKey,
  GrantMirror,
  GrantStore,
  type MirrorListener,
  monotonicMs,
  StoreUnavailable,
  type TrailEntry,
  type TrailReader,
} from '#grants';
import { Metrics } from '#telemetry';
import { ApiError } from './api-error.js';
import type { State } from './api-schemas.js';
import { Attempts } from './attempts.js';
import { CONSOLE, type ConsoleContext } from './console-context.js';
import { doorView } from './door-view.js';
import { type Clocks, grantView } from './grant-view.js';
import { PendingChanges } from './pending-changes.js';
import { RatesRecord } from './rates-record.js';
import { readiness } from './readiness.js';
import { StoreState } from './store-state.js';
import { StreamHub } from './stream-hub.js';
import { trailEvent } from './trail-event.js';

/** People see no difference, and the page draws once. */
const BATCH_MS = 100;
const WAIT_MS = 60_000;
const RETRY_MS = 250;
/** The start waits this long for the grants that live already. */
const FIRST_SNAPSHOT_MS = 1000;

/** What goes on, as the store tells it, and tells the streams. */
@Injectable()
export class LiveView implements MirrorListener, OnApplicationBootstrap, OnApplicationShutdown {
  private doors: readonly DoorSettings[] = [];
  private readonly mirror: GrantMirror;
  private readonly attempts: Attempts;
  private readonly pending = new PendingChanges();
  private readonly history = new RatesRecord();
  private following: Following | undefined;
  private trail: TrailReader | undefined;
  /** The id of the last entry told, by door. */
  private readonly told = new Map<string, string>();
  private flushing: Promise<void> | undefined;
  private wasLost = false;
  private closed = false;

  constructor(
    @Inject(CONSOLE) private readonly context: ConsoleContext,
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(StoreState) private readonly storeState: StoreState,
    @Inject(StreamHub) private readonly hub: StreamHub,
    @Inject(Metrics) metrics: Metrics,
  ) {
    metrics.read('knockgate_ready', () => Number(this.readiness.ready));
    this.mirror = new GrantMirror(context.settings.storeMaxStaleMs, this);
    this.attempts = new Attempts((name) => this.doors.find((door) => door.name === name)?.seqTimeoutMs);
    hub.begin(() => this.state());
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.storeState.ask();
    this.apply(this.context.settings);
    // a store that is away is no reason not to start
    await Promise.race([this.mirror.firstSnapshot, delay(FIRST_SNAPSHOT_MS, undefined, { ref: false })]);
  }

  onApplicationShutdown(): void {
    this.closed = true;
    this.following?.close();
    this.trail?.close();
    this.mirror.close();
    this.hub.close();
  }

  /** Shows these doors from now on. */
  apply({ doors }: Settings): void {
    this.doors = doors;
    this.attempts.keepDoors();
    const names = doors.map(({ name }) => name);
    this.following?.close();
    this.following = this.store.follow(names, this.followers());
    this.trail?.close();
    const longestMs = Math.max(0, ...doors.map(({ seqTimeoutMs }) => seqTimeoutMs));
    this.trail = this.store.trail(names, longestMs + 1000); // attempts may be under way
    void this.read(this.trail);
    this.hub.restart();
  }

  /** Once a second. */
  async beat(): Promise<void> {
    if (await this.storeState.ask()) this.mirror.heard();
    if (this.closed) return;
    const { nowMs, view, processes, rates } = this.storeState;
    this.pending.attempted(this.attempts.sweep(nowMs));
    this.flushSoon();
    this.hub.sweep(monotonicMs(), Date.now());
    const now_ms = Math.round(nowMs);
    if (view.reachable) this.history.add(now_ms, rates);
    this.hub.send('pulse', { now_ms, ...this.readiness, store: view, processes: processes, rates });
  }

  /** Compares with the store, in case a change was missed. */
  reconcile(): void {
    this.following?.resync();
  }

  get readiness() {
    const { view, processes } = this.storeState;
    return readiness({ store: view, processes });
  }

  state(): State {
    const { clocks } = this;
    const { view, processes } = this.storeState;
    return {
      version: this.context.version,
      now_ms: Math.round(clocks.storeMs),
      ...this.readiness,
      store: view,
      processes: processes,
      doors: this.doors.map(doorView),
      grants: (this.mirror.known?.grants ?? []).map((grant) => grantView(grant, clocks)),
      attempts: this.attempts.list(clocks.storeMs),
      history: this.history.list,
    };
  }

  /** How a grant that was just written looks. */
  viewOf(grant: Grant) {
    return grantView(grant, this.clocks);
  }

  /** @throws ApiError */
  doorNamed(name: string): DoorSettings {
    const door = this.doors.find((each) => each.name === name);
    if (door !== undefined) return door;
    throw new ApiError(404, `door: there is none of that name; write one of: ${this.doorNames.join(', ')}`);
  }

  get doorNames(): readonly string[] {
    return this.doors.map(({ name }) => name);
  }

  granted(grants: readonly Grant[]): void {
    for (const grant of grants) this.pending.granted(grant);
    this.flushSoon();
  }

  ended(grant: Grant, reason: EndReason): void {
    this.pending.grantEnded(grant, reason);
    this.flushSoon();
  }

  stale(): void {
    this.hub.restart();
  }

  lost(): void {
    this.wasLost = true;
  }

  withoutTtl(): void {}

  private get clocks(): Clocks {
    return { monotonicMs: monotonicMs(), storeMs: this.storeState.nowMs };
  }

  private followers() {
    const { mirror } = this;
    return {
      snapshot: (grants: readonly Grant[]): void => {
        mirror.snapshot(grants);
        if (this.wasLost) this.hub.restart();
        this.wasLost = false;
      },
      changed: (key: GrantKey, grant: Grant | undefined) => mirror.changed(key, grant),
      withoutTtl: (key: GrantKey) => mirror.withoutTtl(key),
      lost: (reason: string) => mirror.lost(reason),
    };
  }

  /** A store that is away is waited for; no more than one answer of it is in memory. */
  private async read(reader: TrailReader): Promise<void> {
    while (!this.closed && reader === this.trail) {
      try {
        this.take(await reader.next(WAIT_MS));
        await this.flushing;
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  private take(entries: readonly TrailEntry[]): void {
    const news = entries.filter((entry) => this.isNew(entry));
    const events = news.map(trailEvent);
    this.pending.happened(events);
    this.pending.attempted(this.attempts.take(events, this.storeState.nowMs));
    this.flushSoon();
  }

  /** A reader that begins anew goes back a little. */
  private isNew({ door, id }: TrailEntry): boolean {
    if (compareIds(id, this.told.get(door) ?? '0') <= 0) return false;
    this.told.set(door, id);
    return true;
  }

  private flushSoon(): void {
    if (this.pending.isEmpty) return;
    this.flushing ??= this.flushLater();
  }

  private async flushLater(): Promise<void> {
    await delay(BATCH_MS, undefined, { ref: false });
    this.flushing = undefined;
    if (!this.closed) this.hub.send('changes', this.pending.take(this.clocks));
  }
}
