import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Optional } from '@nestjs/common';
import type { DoorSettings, Settings } from '#config';
import {
  type Difference,
  type EndReason,
  type Following,
  type Grant,
  type GrantFollower,
  type GrantKey,
  GrantMirror,
  GrantStore,
  type MirrorListener,
  monotonicMs,
} from '#grants';
import { Heartbeat, type Part, SETTINGS } from '#runtime';
import { DoorCounts, EventLog, Metrics, RateLimit } from '#telemetry';
import { ClientRevocation } from './client-revocation.js';
import { GrantCheck } from './grant-check.js';
import { GrantFeed } from './grant-feed.js';
import { Hiding } from './hiding.js';
import { LiveConnections } from './live-connections.js';

/** Beats without a mirror although the store answers, before somebody should hear of it. */
const BEATS_BEFORE_COMPLAINT = 3;

/** Lines that a full map can cause. */
const LINES_PER_SECOND = 5;

/** Decides who passes, and ends what has passed when its grant ends. */
@Injectable()
export class Gate implements GrantCheck, ClientRevocation, MirrorListener, Part {
  private readonly mirror: GrantMirror;
  private doors = new Map<string, DoorSettings>();
  private following: Following | undefined;
  private beatsWithoutMirror = 0;
  private wentStale = false;
  private lostReason = '';
  private readonly ends = new DoorCounts<EndReason>(['expired', 'revoked']);
  private readonly refusals = new RateLimit(LINES_PER_SECOND);

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(Hiding) private readonly hiding: Hiding,
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(Heartbeat) heartbeat: Heartbeat,
    @Inject(LiveConnections) private readonly connections: LiveConnections,
    @Inject(Metrics) metrics: Metrics,
    @Optional() @Inject(GrantFeed) private readonly feed?: GrantFeed,
  ) {
    this.mirror = new GrantMirror(settings.storeMaxStaleMs, this);
    heartbeat.watch(this);
    feed?.startWith(() => this.mirror.known);
    feed?.heed((key) => this.revoke(key));
    if (feed !== undefined) heartbeat.watch(feed);
    metrics.read('knockgate_grants_live', () => this.live());
    metrics.read('knockgate_grants_ended_total', () => this.ends.by('reason'));
  }

  /** Follows the grants of these doors from now on. */
  follow(doors: readonly DoorSettings[]): void {
    this.doors = new Map(doors.map((door) => [door.name, door]));
    this.ends.know(doors);
    this.following?.close();
    this.following = this.store.follow([...this.doors.keys()], this.followers());
  }

  /** Waits until grants are known, but not for ever: a store that is away is no reason not to start. */
  async ready(withinMs: number): Promise<void> {
    await Promise.race([this.mirror.firstSnapshot, delay(withinMs, undefined, { ref: false })]);
  }

  allows(key: GrantKey): boolean {
    return this.mirror.allows(key.door, key.ip);
  }

  leftMs({ door, ip }: GrantKey): number {
    return this.mirror.leftMs(door, ip);
  }

  /** SECURITY: a worker that was taken over may ask this of any grant; only of doors that offer it, so only of the living. */
  async revoke({ door, ip }: GrantKey): Promise<boolean> {
    if (this.doors.get(door)?.statusPath === undefined || !this.allows({ door, ip })) return false;
    try {
      await this.store.revoke({ door, ip }, 'the client');
      return true; // by us, or by somebody else just now
    } catch (error) {
      this.log.emit({ event: 'close_failed', door, ip, reason: (error as Error).message });
      return false;
    }
  }

  /** Compares the mirror with the store, in case a change was missed. */
  reconcile(): void {
    this.following?.resync();
  }

  get grants(): number {
    return this.mirror.size;
  }

  /** Fails closed: while there is one, nobody is let in who was not known before. */
  get problem(): string | undefined {
    if (this.mirror.fresh) return undefined;
    const reason = this.lostReason === '' ? 'not heard of yet' : this.lostReason;
    return `the grants cannot be relied on: ${reason}; nobody new is let in`;
  }

  heard(): void {
    this.mirror.heard();
    // the connection may have outlived the silence, and then nobody else asks for a snapshot
    if (this.wentStale) this.reconcile();
    this.wentStale = false;
    this.beatsWithoutMirror = this.mirror.fresh ? 0 : this.beatsWithoutMirror + 1;
    // without a reason nothing has failed: there is a lot to read
    if (this.beatsWithoutMirror === BEATS_BEFORE_COMPLAINT && this.lostReason !== '') {
      this.log.emit({ event: 'changes_unheard', reason: this.lostReason });
      this.reconcile();
    }
  }

  close(): void {
    this.following?.close();
    this.mirror.close();
    void this.connections.cutAll();
  }

  differs(difference: Difference): void {
    if (this.mirror.fresh) this.feed?.changes(difference);
  }

  granted(grants: readonly Grant[]): void {
    for (const { grant, reason } of this.hiding.granted(grants, (ip) => this.mirror.latestDeadlineMs(ip)!)) {
      if (!this.refusals.allows(monotonicMs())) continue;
      this.log.emit({ event: 'kernel_full', door: grant.door, ip: grant.ip, reason });
    }
  }

  fresh(forMs: number): void {
    this.hiding.stayFresh(forMs);
    this.feed?.stayFresh(monotonicMs());
  }

  ended(grant: Grant, reason: EndReason): void {
    const { door, ip } = grant;
    this.ends.of(door)[reason] += 1;
    this.hiding.ended(grant, this.mirror.latestDeadlineMs(ip));
    const drains = reason === 'expired' && this.doors.get(door)?.onExpiry === 'drain';
    counted(this.connections.end(grant, drains ? 'drain' : 'cut'), (connections) => {
      this.log.emit({ event: reason, ip, door, connections });
    });
    this.store.recordEnd(grant, reason).catch((error: unknown) => {
      this.log.emit({ event: 'audit_failed', reason: (error as Error).message });
    });
  }

  stale(silentMs: number, forgotten: readonly Grant[]): void {
    this.wentStale = true;
    this.hiding.forget(forgotten);
    counted(this.connections.cutAll(), (connections) => {
      this.log.emit({ event: 'store_stale', seconds: Math.round(silentMs / 1000), connections });
    });
    this.reconcile(); // asked already when the store goes on, and not a beat later
  }

  lost(reason: string): void {
    this.lostReason = reason;
  }

  withoutTtl({ door, ip }: GrantKey): void {
    this.log.emit({ event: 'grant_without_ttl', door, ip });
  }

  /** Live grants by door. */
  private live(): (readonly [{ readonly door: string }, number])[] {
    return [...this.doors.keys()].map((door) => [{ door }, this.mirror.sizeOf(door)] as const);
  }

  /** What the store says: the workers hear it first, for they have the connections. */
  private followers(): GrantFollower {
    const { mirror } = this;
    return {
      isGate: true,
      snapshot: (grants) => this.snapshot(grants),
      changed: (key, grant) => this.changed(key, grant),
      withoutTtl: (key) => mirror.withoutTtl(key),
      lost: (reason) => mirror.lost(reason),
    };
  }

  private snapshot(grants: readonly Grant[]): void {
    const { untold } = this.hiding;
    // those that are fed know what this process does, unless that can be relied on no more
    if (!this.mirror.fresh) {
      this.feed?.snapshot(
        grants.map((grant) => this.mirror.settled(grant)),
        monotonicMs(),
      );
    }
    this.mirror.snapshot(grants);
    // there may be room by now; what has ended, or was tried just now, is left out
    const stillUntold = new Set(this.hiding.untold);
    this.granted(untold.filter((grant) => stillUntold.has(grant)));
  }

  private changed(key: GrantKey, read: Grant | undefined): void {
    const grant = read && this.mirror.settled(read);
    this.feed?.changes(grant === undefined ? { news: [], gone: [key] } : { news: [grant], gone: [] });
    this.mirror.changed(key, grant);
  }
}

/** At once where the connections are this process's own; otherwise once the workers have said. */
function counted(connections: number | Promise<number>, say: (connections: number) => void): void {
  if (typeof connections === 'number') say(connections);
  else void connections.then(say);
}
