import { deadlineTimer } from './deadline-timer.js';
import type { EndReason, Grant, GrantKey } from './grant.js';
import type { GrantFollower } from './grant-store.js';
import { monotonicMs } from './monotonic-ms.js';

/** Redis's own expiry may reach us this much before our timer fires: that is an expiry, no revocation. */
const EXPIRY_TOLERANCE_MS = 100;

/** Hears what became of the grants. */
export interface MirrorListener {
  /** A grant is there, or has another deadline than before. */
  granted?(grant: Grant): void;
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
  private readonly doors = new Map<string, Map<string, Entry>>();
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
    const entry = this.doors.get(door)?.get(ip);
    if (entry === undefined) return false;
    const nowMs = monotonicMs();
    return nowMs < entry.grant.deadlineMs && nowMs - this.heardMs < this.maxStaleMs;
  }

  /** Whether what is here can be relied on: the store was reached, and not too long ago. */
  get fresh(): boolean {
    return this.connected && monotonicMs() - this.heardMs < this.maxStaleMs;
  }

  /** The latest deadline of this IP at any door, on the monotonic clock; undefined if it has no grant. */
  latestDeadlineMs(ip: string): number | undefined {
    let latest: number | undefined;
    for (const grants of this.doors.values()) {
      const deadlineMs = grants.get(ip)?.grant.deadlineMs;
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

  /** To be called whenever the store has answered: only then does the mirror stay in force. */
  heard(): void {
    if (!this.connected) return;
    this.heardMs = monotonicMs();
    this.listener.fresh?.(this.maxStaleMs);
    this.cancelStale();
    this.cancelStale = deadlineTimer(this.heardMs + this.maxStaleMs, () => this.shutAll());
  }

  snapshot(grants: readonly Grant[]): void {
    const present = new Set(grants.map(({ door, ip }) => `${door}\n${ip}`));
    for (const { grant } of this.entries()) {
      if (!present.has(`${grant.door}\n${grant.ip}`)) this.end(grant);
    }
    for (const grant of grants) this.put(grant);
    this.connected = true;
    this.heard();
    this.arrived();
  }

  changed({ door, ip }: GrantKey, grant: Grant | undefined): void {
    if (grant !== undefined) {
      this.put(grant);
      return;
    }
    const known = this.doors.get(door)?.get(ip);
    if (known !== undefined) this.end(known.grant);
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

  private put(grant: Grant): void {
    let grants = this.doors.get(grant.door);
    if (grants === undefined) this.doors.set(grant.door, (grants = new Map()));
    grants.get(grant.ip)?.cancel();
    grants.set(grant.ip, { grant, cancel: deadlineTimer(grant.deadlineMs, () => this.end(grant)) });
    this.listener.granted?.(grant);
  }

  private end(grant: Grant): void {
    const grants = this.doors.get(grant.door);
    grants?.get(grant.ip)?.cancel();
    grants?.delete(grant.ip);
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
    for (const { cancel } of this.entries()) cancel();
    this.doors.clear();
  }

  private *entries(): Generator<Entry> {
    for (const grants of this.doors.values()) yield* grants.values();
  }
}

interface Entry {
  readonly grant: Grant;
  readonly cancel: () => void;
}
