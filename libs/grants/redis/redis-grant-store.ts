import type { AuditEntry, EndReason, Grant, GrantKey, GrantRequest, Granted } from '../grant.js';
import { type Following, type GrantFollower, GrantStore, type StoreFacts } from '../grant-store.js';
import { monotonicMs } from '../monotonic-ms.js';
import { type ProcessKey, type ProcessReport, REPORT_TTL_MS } from '../process-report.js';
import { sortedReports } from '../sorted-reports.js';
import { newestEntries } from '../newest-entries.js';
import type { HistoryPage, TrailEntry, TrailReader } from '../trail.js';
import { GrantReader } from './grant-reader.js';
import { openServers } from './open-servers.js';
import { type RedisCommands, defineCommands } from './redis-commands.js';
import { redisTimeMs } from './redis-connection.js';
import { redisKeys } from './redis-keys.js';
import { parseReport, reportFields } from './report-fields.js';
import type { CheckedFollowing, RedisServers } from './redis-servers.js';
import type { RedisTarget } from './redis-target.js';
import { auditEntry, entryArgs, RedisTrailReader } from './redis-trail-reader.js';
import { ReplicaWait } from './replica-wait.js';

/** Something written that fewer replicas than wanted have confirmed in time. It counts; a failover may lose it. */
export interface Unconfirmed {
  readonly what: 'grant' | 'revocation' | 'used sequence';
  readonly door: string;
  /** Undefined for a used sequence. */
  readonly ip?: string;
  readonly replicas: number;
  readonly wanted: number;
}

/** Grants in Redis 7 or later, under the keys of the Redis contract. */
export class RedisGrantStore extends GrantStore {
  private readonly target: RedisTarget;
  private readonly servers: RedisServers;
  private readonly commands: RedisCommands;
  private readonly reader: GrantReader;
  /** For what replicas are to confirm: a WAIT holds up every other command of its connection. */
  private readonly writing: { readonly servers: RedisServers; readonly commands: RedisCommands };
  private readonly replicas: ReplicaWait;
  private readonly followings = new Set<CheckedFollowing>();
  private readonly trailReaders = new Set<RedisTrailReader>();

  /**
   * Begins to connect; a store that is away is retried for ever.
   * @param target or the URL of a single server
   * @param unconfirmed told of what the target's `waitReplicas` did not confirm
   */
  constructor(
    target: RedisTarget | string,
    private readonly maxEvents: number,
    private readonly unconfirmed: (what: Unconfirmed) => void = () => {},
  ) {
    super();
    this.target = typeof target === 'string' ? { kind: 'redis', url: target } : target;
    this.servers = this.connect('knockgate');
    this.commands = defineCommands(this.servers.client);
    this.reader = new GrantReader(this.commands);
    this.replicas = new ReplicaWait(this.target.waitReplicas ?? 0);
    const servers = this.replicas.wanted > 0 ? this.connect('knockgate-writes') : this.servers;
    this.writing = { servers, commands: servers === this.servers ? this.commands : defineCommands(servers.client) };
  }

  override async grant(request: GrantRequest): Promise<Granted> {
    const { door, ip, ttlMs, method, listener, steps = [] } = request;
    const askedMs = monotonicMs();
    const args = [
      door,
      ip,
      String(Math.round(ttlMs)),
      method,
      listener,
      String(this.maxEvents),
      ...steps.flatMap(entryArgs),
    ];
    const keys = [redisKeys.grant(request), redisKeys.events(door)] as const;
    const ask = async (commands: RedisCommands): Promise<Granted> => {
      const [kind, leftMs, grantedAt, expiresAt] = await commands.grant(keys, args);
      const deadlines = { deadlineMs: askedMs + leftMs, endsAtMs: Date.parse(expiresAt) };
      return { kind, grant: { door, ip, grantedAt, expiresAt, method, listener, ...deadlines } };
    };
    return this.write(
      () => this.byGate(request, ask) ?? ask(this.writing.commands),
      () => ({ what: 'grant', door, ip }),
    );
  }

  override async claim(door: string, token: string): Promise<boolean> {
    const added = await this.write(
      () => this.writing.servers.client.sadd(redisKeys.claimed(door), token),
      (count) => (count === 1 ? { what: 'used sequence', door } : undefined),
    );
    return added === 1;
  }

  override async claimed(door: string, tokens: readonly string[]): Promise<ReadonlySet<string>> {
    if (tokens.length === 0) return new Set();
    const taken = await this.ask(() => this.servers.client.smismember(redisKeys.claimed(door), ...tokens));
    return new Set(tokens.filter((_token, i) => taken[i] === 1));
  }

  override async revoke(key: GrantKey, by: string): Promise<boolean> {
    const keys = [redisKeys.grant(key), redisKeys.events(key.door)] as const;
    const ended = await this.write(
      () => this.writing.commands.revoke(keys, [key.ip, by, String(this.maxEvents)]),
      (count) => (count === 1 ? { what: 'revocation', ...key } : undefined),
    );
    return ended === 1;
  }

  override async read(key: GrantKey): Promise<Grant | undefined> {
    const readings = await this.ask(() => Promise.all(this.reader.read([redisKeys.grant(key)])));
    const [reading] = readings.flat();
    return reading?.kind === 'grant' ? reading.grant : undefined;
  }

  override async list(doors?: readonly string[]): Promise<Grant[]> {
    const readings = await this.ask(async () => this.reader.scan(await this.servers.masters(), doors));
    return [...readings.values()].flatMap((reading) => (reading.kind === 'grant' ? [reading.grant] : []));
  }

  override async record(door: string, ...entries: AuditEntry[]): Promise<void> {
    const args = [String(this.maxEvents), ...entries.flatMap(entryArgs)];
    await this.ask(() => this.commands.record([redisKeys.events(door)], args));
  }

  override async recordEnd(grant: Grant, reason: EndReason): Promise<void> {
    const keys = [redisKeys.grant(grant), redisKeys.events(grant.door)] as const;
    const args = [grant.ip, grant.grantedAt, reason, String(this.maxEvents), String(grant.endsAtMs ?? '')];
    await this.ask(() => this.commands.recordEnd(keys, args));
  }

  override async events(door: string, count: number): Promise<AuditEntry[]> {
    const entries = await this.ask(() =>
      this.servers.client.xrevrange(redisKeys.events(door), '+', '-', 'COUNT', count),
    );
    return entries.map(([, fields]) => auditEntry(fields));
  }

  override async history(doors: readonly string[], { count, before }: HistoryPage): Promise<TrailEntry[]> {
    const end = before === undefined ? '+' : `(${before}`;
    const found = await this.ask(() =>
      Promise.all(
        doors.map(async (door) => {
          const entries = await this.servers.client.xrevrange(redisKeys.events(door), end, '-', 'COUNT', count);
          return entries.map(([id, fields]) => ({ door, id, fields: auditEntry(fields) }));
        }),
      ),
    );
    return newestEntries(found.flat(), count);
  }

  override trail(doors: readonly string[], sinceMs?: number): TrailReader {
    const reader = new RedisTrailReader(this.connect('knockgate-trail'), doors, sinceMs);
    this.trailReaders.add(reader);
    return {
      next: (waitMs) => reader.next(waitMs),
      close: () => {
        reader.close();
        this.trailReaders.delete(reader);
      },
    };
  }

  override follow(doors: readonly string[], follower: GrantFollower): Following {
    const following = this.servers.follow(doors, follower);
    this.followings.add(following);
    return {
      resync: () => following.resync(),
      close: () => {
        following.close();
        this.followings.delete(following);
      },
    };
  }

  override async report(report: ProcessReport): Promise<void> {
    const args = [String(REPORT_TTL_MS), ...reportFields(report)];
    await this.ask(() => this.commands.report([redisKeys.process(report), redisKeys.processes], args));
  }

  override async retire(process: ProcessKey): Promise<void> {
    await this.ask(() => this.commands.retire([redisKeys.process(process), redisKeys.processes]));
  }

  override async reports(): Promise<ProcessReport[]> {
    const replies = await this.ask(() => this.commands.reports([redisKeys.processes]));
    return sortedReports(replies.map(parseReport));
  }

  override async ping(): Promise<void> {
    const checked = [this.servers, ...(this.replicas.wanted > 0 ? [this.writing.servers] : []), ...this.followings];
    await this.ask(() => Promise.all(checked.map((each) => each.check())));
  }

  override async facts(): Promise<StoreFacts> {
    const [server, nowMs] = await this.ask(async () => {
      const [first] = await this.servers.masters();
      return Promise.all([first!.info('server'), redisTimeMs(first!)]);
    });
    const [, version = 'of unknown version'] = /^redis_version:(\S+)/mu.exec(server) ?? [];
    return { name: `Redis ${version}`, servers: this.servers.addresses(), nowMs };
  }

  override close(): Promise<void> {
    for (const each of [...this.followings, ...this.trailReaders]) each.close();
    this.followings.clear();
    this.trailReaders.clear();
    this.writing.servers.close();
    this.servers.close();
    return Promise.resolve();
  }

  private byGate(key: GrantKey, ask: (commands: RedisCommands) => Promise<Granted>): Promise<Granted> | undefined {
    if (this.replicas.wanted > 0) return undefined; // a WAIT speaks for what its own connection has written
    for (const following of this.followings) {
      const granted = following.grant(key, ask);
      if (granted !== undefined) return granted;
    }
    return undefined;
  }

  private connect(connectionName: string): RedisServers {
    return openServers(this.target, connectionName);
  }

  /** @param written what was written by that reply, if anything */
  private async write<T>(
    question: () => Promise<T>,
    written: (reply: T) => Omit<Unconfirmed, 'replicas' | 'wanted'> | undefined,
  ): Promise<T> {
    const { servers } = this.writing;
    const { wanted } = this.replicas;
    try {
      const reply = await question();
      const what = written(reply);
      if (wanted === 0 || what === undefined) return reply;
      const replicas = await this.replicas.replicas(servers.masterOf(what.door));
      if (replicas < wanted) this.unconfirmed({ ...what, replicas, wanted });
      return reply;
    } catch (error) {
      throw servers.unavailable(error);
    }
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw this.servers.unavailable(error);
    }
  }
}
