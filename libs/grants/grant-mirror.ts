import { parseIPv4 } from '#address';
import { CLOCK_STEP_MS } from './clock-step.js';
import { DeadlineQueue, NOWHERE, type Waiting } from './deadline-queue.js';
import { deadlineTimer } from './deadline-timer.js';
import type { EndReason, Grant, GrantKey } from './grant.js';
import type { GrantFollower } from './grant-store.js';
import { monotonicMs } from './monotonic-ms.js';

/** Redis's own expiry may reach us this much before our timer fires: that is an expiry, no revocation. */
const EXPIRY_TOLERANCE_MS = 100;

/** A deadline read twice differs by what the reading takes; a change of it is told on its own, as a change. */
const SAME_DEADLINE_MS = 100;

/** What sets a snapshot apart from what is known. */
export interface Difference {
  /** Not known, or with another deadline. */
  readonly news: readonly Grant[];
  /** Known, and not in the snapshot. */
  readonly gone: readonly Grant[];
}

/** Hears what became of the grants. */
export interface MirrorListener {
  /** A snapshot is about to be taken in, and this is what it changes. */
  differs?(difference: Difference): void;
  /** These grants are there, or have other deadlines than before. */
  granted?(grants: readonly Grant[]): void;
  /** The grant is over: shut the door for this IP. */
  ended(grant: Grant, reason: EndReason): void;
  /** The store was heard just now: what is known counts for so long from here on. */
  fresh?(forMs: number): void;
  /** Nothing was heard from the store for too long: shut all doors for everybody; these grants are forgotten. */
  stale(silentMs: number, forgotten: readonly Grant[]): void;
  lost(reason: string): void;
  withoutTtl(key: GrantKey): void;
}

/**
 * A gateway's copy of the live grants, which it asks at every connection and request. Fails closed: a deadline is
 * checked on each look-up, whether its timer has fired or not, and so is the time since the store was last heard.
 */
export class GrantMirror implements GrantFollower {
  private readonly doors = new Map<string, Map<number | string, Entry>>();
  private readonly deadlines = new DeadlineQueue<Entry>(({ grant }) => this.end(grant));
  private comparisons = 0;
  private heardMs = -Infinity;
  private cancelStale: () => void = () => {};
  private connected = false;
  private arrived: () => void = () => {};
  /** Resolves with the first snapshot. */
  readonly firstSnapshot = new Promise<void>((resolve) => (this.arrived = resolve));

  constructor(
    private readonly maxStaleMs: number,
    private readonly listener: MirrorListener,
  ) {}

  /** Whether this IP (canonical text) has a live grant at this door, now. */
  allows(door: string, ip: string): boolean {
    const entry = this.doors.get(door)?.get(keyOf(ip));
    if (entry === undefined) return false;
    const nowMs = monotonicMs();
    return nowMs < entry.deadlineMs && nowMs - this.heardMs < this.maxStaleMs;
  }

  /** How long this IP (canonical text) still has at this door; 0 without a live grant. */
  leftMs(door: string, ip: string): number {
    if (!this.allows(door, ip)) return 0;
    return Math.max(0, this.doors.get(door)!.get(keyOf(ip))!.deadlineMs - monotonicMs());
  }

  /** Whether what is here can be relied on: the store was reached, and not too long ago. */
  get fresh(): boolean {
    return this.connected && monotonicMs() - this.heardMs < this.maxStaleMs;
  }

  /** The latest deadline of this IP at any door, on the monotonic clock; undefined if it has no grant. */
  latestDeadlineMs(ip: string): number | undefined {
    let latest: number | undefined;
    const key = keyOf(ip);
    for (const grants of this.doors.values()) {
      const deadlineMs = grants.get(key)?.deadlineMs;
      if (deadlineMs !== undefined && deadlineMs > (latest ?? 0)) latest = deadlineMs;
    }
    return latest;
  }

  /** Live grants known, all doors. */
  get size(): number {
    let size = 0;
    for (const grants of this.doors.values()) size += grants.size;
    return size;
  }

  /** Live grants known at this door. */
  sizeOf(door: string): number {
    return this.doors.get(door)?.size ?? 0;
  }

  /** What is relied on now, and when the store was last heard; undefined: too long ago. */
  get known(): { readonly grants: readonly Grant[]; readonly heardMs: number } | undefined {
    if (monotonicMs() - this.heardMs >= this.maxStaleMs) return undefined;
    return { grants: [...this.entries()].map(({ grant }) => grant), heardMs: this.heardMs };
  }

  /** To be called whenever the store has answered: only then does the mirror stay in force. */
  heard(atMs = monotonicMs()): void {
    if (!this.connected) return;
    this.heardMs = atMs;
    this.listener.fresh?.(this.maxStaleMs);
    this.cancelStale();
    this.cancelStale = deadlineTimer(this.heardMs + this.maxStaleMs, () => this.shutAll());
  }

  snapshot(grants: readonly Grant[], atMs = monotonicMs()): void {
    const difference = this.compare(grants);
    this.listener.differs?.(difference);
    const { news, gone } = difference;
    for (const grant of gone) this.end(grant); // first, for the kernel's room is limited
    for (const grant of news) this.put(grant);
    if (news.length > 0) this.listener.granted?.(news);
    this.connected = true;
    this.heard(atMs);
    this.arrived();
  }

  changed({ door, ip }: GrantKey, read: Grant | undefined): void {
    if (read !== undefined) {
      const grant = this.settled(read);
      this.put(grant);
      this.listener.granted?.([grant]);
      return;
    }
    const known = this.doors.get(door)?.get(keyOf(ip));
    if (known !== undefined) this.end(known.grant);
  }

  /** SECURITY: as it was read, but for the time that a store's clock that was set back has added to it: deadlines are our clock's. */
  settled(grant: Grant): Grant {
    const known = this.doors.get(grant.door)?.get(keyOf(grant.ip))?.grant;
    if (known?.endsAtMs === undefined || grant.endsAtMs === undefined) return grant;
    if (Math.abs(known.endsAtMs - grant.endsAtMs) >= SAME_DEADLINE_MS) return grant; // somebody has set another one
    return grant.deadlineMs - known.deadlineMs > CLOCK_STEP_MS ? { ...grant, deadlineMs: known.deadlineMs } : grant;
  }

  lost(reason: string): void {
    this.connected = false;
    this.listener.lost(reason);
  }

  withoutTtl(key: GrantKey): void {
    this.listener.withoutTtl(key);
  }

  /** Ends the timers. Nothing is allowed afterwards. */
  close(): void {
    this.forgetAll();
  }

  /** Each 30 s a snapshot says what is known already, as a rule: that is to cost little, however many there are. */
  private compare(grants: readonly Grant[]): Difference {
    this.comparisons += 1;
    const news: Grant[] = [];
    for (const read of grants) {
      const grant = this.settled(read);
      const entry = this.doors.get(grant.door)?.get(keyOf(grant.ip));
      if (entry !== undefined) entry.comparison = this.comparisons;
      if (entry === undefined || !isSame(entry.grant, grant)) news.push(grant);
    }
    const gone: Grant[] = [];
    for (const { grant, comparison } of this.entries()) if (comparison !== this.comparisons) gone.push(grant);
    return { news, gone };
  }

  private put(grant: Grant): void {
    let grants = this.doors.get(grant.door);
    if (grants === undefined) this.doors.set(grant.door, (grants = new Map()));
    const key = keyOf(grant.ip);
    const known = grants.get(key);
    if (known !== undefined) this.deadlines.remove(known);
    const entry = known ?? new Entry(grant);
    entry.grant = grant;
    entry.deadlineMs = grant.deadlineMs;
    if (known === undefined) grants.set(key, entry);
    this.deadlines.add(entry);
  }

  private end(grant: Grant): void {
    const grants = this.doors.get(grant.door);
    const key = keyOf(grant.ip);
    const entry = grants?.get(key);
    if (entry !== undefined) this.deadlines.remove(entry);
    grants?.delete(key);
    const over = grant.deadlineMs - monotonicMs() <= EXPIRY_TOLERANCE_MS;
    this.listener.ended(grant, over ? 'expired' : 'revoked');
  }

  private shutAll(): void {
    const silentMs = monotonicMs() - this.heardMs;
    this.connected = false; // what comes next must be a snapshot
    const forgotten = [...this.entries()].map(({ grant }) => grant);
    this.forgetAll();
    this.listener.stale(silentMs, forgotten);
  }

  private forgetAll(): void {
    this.cancelStale();
    this.deadlines.clear();
    this.doors.clear();
  }

  private *entries(): Generator<Entry> {
    for (const grants of this.doors.values()) yield* grants.values();
  }
}

function isSame(one: Grant, other: Grant): boolean {
  return one.grantedAt === other.grantedAt && Math.abs(one.deadlineMs - other.deadlineMs) < SAME_DEADLINE_MS;
}

/** An IPv4 address as a number, which is found in half the time of a text. */
function keyOf(ip: string): number | string {
  const number = parseIPv4(ip);
  return number === undefined ? ip : number | 0; // the signed ones need no memory of their own
}

/** A grant, with what each look-up asks for close at hand. */
class Entry implements Waiting {
  place = NOWHERE;
  /** The last comparison that has found it. */
  comparison = 0;
  deadlineMs: number;

  constructor(public grant: Grant) {
    this.deadlineMs = grant.deadlineMs;
  }
}
