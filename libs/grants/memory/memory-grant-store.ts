import { deadlineTimer } from '../deadline-timer.js';
import type { AuditEntry, EndReason, Grant, GrantKey, GrantRequest, Granted } from '../grant.js';
import { type Following, type GrantFollower, GrantStore, type StoreFacts } from '../grant-store.js';
import { monotonicMs } from '../monotonic-ms.js';
import { type ProcessKey, type ProcessReport, REPORT_TTL_MS } from '../process-report.js';
import { sortedReports } from '../sorted-reports.js';
import { newestEntries } from '../newest-entries.js';
import type { HistoryPage, TrailEntry, TrailReader } from '../trail.js';
import { MemoryTrails } from './memory-trails.js';

/** Grants in this process's memory, for `knockgate up` on a single small host. They end with the process. */
export class MemoryGrantStore extends GrantStore {
  private readonly grants = new Map<string, { grant: Grant; cancel: () => void }>();
  private readonly trails: MemoryTrails;
  private readonly claims = new Set<string>();
  private readonly processes = new Map<string, { report: ProcessReport; endMs: number }>();
  private readonly followers = new Set<{ doors: readonly string[]; follower: GrantFollower }>();

  constructor(maxEvents: number) {
    super();
    this.trails = new MemoryTrails(maxEvents);
  }

  override grant(request: GrantRequest): Promise<Granted> {
    const { door, ip, ttlMs, method, listener, steps = [] } = request;
    const known = this.live(request);
    const kind = known === undefined ? 'opened' : 'extended';
    const nowMs = monotonicMs();
    const leftMs = Math.max(ttlMs, known === undefined ? 0 : known.deadlineMs - nowMs);
    const at = Date.now();
    const grantedAt = known?.grantedAt ?? iso(at);
    const ttl = String(leftMs / 1000);
    this.append(door, steps, at);
    this.trails.append(door, { event: kind, at: iso(at), ip, ttl, method, listener, granted_at: grantedAt });
    const grant = { door, ip, grantedAt, expiresAt: iso(at + leftMs), method, listener, deadlineMs: nowMs + leftMs };
    this.put(grant);
    return Promise.resolve({ kind, grant });
  }

  override claim(door: string, token: string): Promise<boolean> {
    const name = `${door}\n${token}`;
    const free = !this.claims.has(name);
    this.claims.add(name);
    return Promise.resolve(free);
  }

  override claimed(door: string, tokens: readonly string[]): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set(tokens.filter((token) => this.claims.has(`${door}\n${token}`))));
  }

  override revoke(key: GrantKey, by: string): Promise<boolean> {
    const known = this.live(key);
    if (known === undefined) return Promise.resolve(false);
    this.trails.append(key.door, {
      event: 'revoked',
      at: iso(Date.now()),
      ip: key.ip,
      by,
      granted_at: known.grantedAt,
    });
    this.drop(known);
    return Promise.resolve(true);
  }

  override read(key: GrantKey): Promise<Grant | undefined> {
    return Promise.resolve(this.live(key));
  }

  override list(doors?: readonly string[]): Promise<Grant[]> {
    return Promise.resolve(this.liveOf(doors));
  }

  override record(door: string, ...entries: AuditEntry[]): Promise<void> {
    this.append(door, entries, Date.now());
    return Promise.resolve();
  }

  override recordEnd(grant: Grant, reason: EndReason): Promise<void> {
    const { door, ip, grantedAt } = grant;
    if (this.live(grant)?.grantedAt === grantedAt) return Promise.resolve();
    const ofThisGrant = (entry: AuditEntry): boolean => entry['ip'] === ip && entry['granted_at'] === grantedAt;
    const ended = this.trails.some(
      door,
      (entry) => ofThisGrant(entry) && (entry['event'] === 'expired' || entry['event'] === 'revoked'),
    );
    if (!ended) this.trails.append(door, { event: reason, at: iso(Date.now()), ip, granted_at: grantedAt });
    return Promise.resolve();
  }

  override events(door: string, count: number): Promise<AuditEntry[]> {
    return Promise.resolve(this.trails.newest(door, count));
  }

  override history(doors: readonly string[], { count, before }: HistoryPage): Promise<TrailEntry[]> {
    return Promise.resolve(
      newestEntries(this.trails.before(before === undefined ? Infinity : Number(before), doors), count),
    );
  }

  override trail(doors: readonly string[], sinceMs?: number): TrailReader {
    return this.trails.reader(doors, sinceMs);
  }

  override follow(doors: readonly string[], follower: GrantFollower): Following {
    const entry = { doors, follower };
    this.followers.add(entry);
    const resync = (): void => follower.snapshot(this.liveOf(doors));
    resync();
    return { resync, close: () => this.followers.delete(entry) };
  }

  override report(report: ProcessReport): Promise<void> {
    this.processes.set(processId(report), { report, endMs: monotonicMs() + REPORT_TTL_MS });
    return Promise.resolve();
  }

  override retire(process: ProcessKey): Promise<void> {
    this.processes.delete(processId(process));
    return Promise.resolve();
  }

  override reports(): Promise<ProcessReport[]> {
    const nowMs = monotonicMs();
    const live = [...this.processes.values()].filter(({ endMs }) => endMs > nowMs);
    return Promise.resolve(sortedReports(live.map(({ report }) => report)));
  }

  override ping(): Promise<void> {
    return Promise.resolve();
  }

  override facts(): Promise<StoreFacts> {
    return Promise.resolve({ name: 'memory', servers: [], nowMs: Date.now() });
  }

  override close(): Promise<void> {
    this.followers.clear();
    this.trails.close();
    for (const { cancel } of this.grants.values()) cancel();
    this.grants.clear();
    return Promise.resolve();
  }

  private append(door: string, entries: readonly AuditEntry[], atMs: number): void {
    for (const entry of entries) this.trails.append(door, { ...entry, at: iso(atMs) });
  }

  private live(key: GrantKey): Grant | undefined {
    const grant = this.grants.get(id(key))?.grant;
    return grant !== undefined && grant.deadlineMs > monotonicMs() ? grant : undefined;
  }

  private liveOf(doors?: readonly string[]): Grant[] {
    const nowMs = monotonicMs();
    const all = [...this.grants.values()].map(({ grant }) => grant);
    return all.filter((grant) => grant.deadlineMs > nowMs && (doors === undefined || doors.includes(grant.door)));
  }

  private put(grant: Grant): void {
    this.grants.get(id(grant))?.cancel();
    this.grants.set(id(grant), { grant, cancel: deadlineTimer(grant.deadlineMs, () => this.drop(grant)) });
    this.tell(grant, grant);
  }

  private drop(grant: Grant): void {
    this.grants.get(id(grant))?.cancel();
    this.grants.delete(id(grant));
    this.tell(grant, undefined);
  }

  private tell(key: GrantKey, grant: Grant | undefined): void {
    for (const { doors, follower } of this.followers) {
      if (doors.includes(key.door)) follower.changed({ door: key.door, ip: key.ip }, grant);
    }
  }
}

function id({ door, ip }: GrantKey): string {
  return `${door}\n${ip}`;
}

function processId({ host, pid, roles }: ProcessKey): string {
  return `${host}\n${pid}\n${roles}`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
