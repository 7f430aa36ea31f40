import type { Redis } from 'ioredis';
import type { AuditEntry, EndReason, Grant, GrantKey, GrantRequest, Granted } from '../grant.js';
import { type Following, type GrantFollower, GrantStore, type StoreFacts } from '../grant-store.js';
import { monotonicMs } from '../monotonic-ms.js';
import { type ProcessKey, type ProcessReport, REPORT_TTL_MS } from '../process-report.js';
import { sortedReports } from '../sorted-reports.js';
import { newestEntries } from '../newest-entries.js';
import type { HistoryPage, TrailEntry, TrailReader } from '../trail.js';
import { GrantReader } from './grant-reader.js';
import { type RedisCommands, defineCommands } from './redis-commands.js';
import { connectionAttempt, redisConnection, redisTimeMs } from './redis-connection.js';
import { RedisFollowing } from './redis-following.js';
import { redisKeys } from './redis-keys.js';
import { parseReport, reportFields } from './report-fields.js';
import { auditEntry, RedisTrailReader } from './redis-trail-reader.js';
import { unavailableBy } from './store-unavailable.js';

/** Grants in Redis 7 or later, under the keys of the Redis contract. */
export class RedisGrantStore extends GrantStore {
  private readonly redis: Redis;
  private readonly commands: RedisCommands;
  private readonly reader: GrantReader;
  private readonly followings = new Set<RedisFollowing>();
  private readonly trailReaders = new Set<RedisTrailReader>();
  private readonly unavailable: ReturnType<typeof unavailableBy>;

  /** Begins to connect; a store that is away is retried for ever. */
  constructor(
    private readonly url: string,
    private readonly maxEvents: number,
  ) {
    super();
    this.redis = redisConnection(url, { connectionName: 'knockgate' });
    this.unavailable = unavailableBy(this.redis);
    this.commands = defineCommands(this.redis);
    this.reader = new GrantReader(this.redis, this.commands);
  }

  override async grant(request: GrantRequest): Promise<Granted> {
    const { door, ip, ttlMs, method, listener } = request;
    const askedMs = monotonicMs();
    const args = [door, ip, String(Math.round(ttlMs)), method, listener, String(this.maxEvents)];
    const reply = await this.ask(() => this.commands.grant([redisKeys.grant(request), redisKeys.events(door)], args));
    const [kind, leftMs, grantedAt, expiresAt] = reply;
    return { kind, grant: { door, ip, grantedAt, expiresAt, method, listener, deadlineMs: askedMs + leftMs } };
  }

  override async claim(door: string, token: string): Promise<boolean> {
    return (await this.ask(() => this.redis.sadd(redisKeys.claimed(door), token))) === 1;
  }

  override async claimed(door: string, tokens: readonly string[]): Promise<ReadonlySet<string>> {
    if (tokens.length === 0) return new Set();
    const taken = await this.ask(() => this.redis.smismember(redisKeys.claimed(door), ...tokens));
    return new Set(tokens.filter((_token, i) => taken[i] === 1));
  }

  override async revoke(key: GrantKey, by: string): Promise<boolean> {
    const keys = [redisKeys.grant(key), redisKeys.events(key.door)] as const;
    return (await this.ask(() => this.commands.revoke(keys, [key.ip, by, String(this.maxEvents)]))) === 1;
  }

  override async read(key: GrantKey): Promise<Grant | undefined> {
    const readings = await this.ask(() => Promise.all(this.reader.read([redisKeys.grant(key)])));
    const [reading] = readings.flat();
    return reading?.kind === 'grant' ? reading.grant : undefined;
  }

  override async list(doors?: readonly string[]): Promise<Grant[]> {
    const readings = await this.ask(() => this.reader.scan(doors));
    return [...readings.values()].flatMap((reading) => (reading.kind === 'grant' ? [reading.grant] : []));
  }

  override async record(door: string, { event = '', at: _at, ...fields }: AuditEntry): Promise<void> {
    const args = [String(this.maxEvents), event, ...Object.entries(fields).flat()];
    await this.ask(() => this.commands.record([redisKeys.events(door)], args));
  }

  override async recordEnd(grant: Grant, reason: EndReason): Promise<void> {
    const keys = [redisKeys.grant(grant), redisKeys.events(grant.door)] as const;
    await this.ask(() => this.commands.recordEnd(keys, [grant.ip, grant.grantedAt, reason, String(this.maxEvents)]));
  }

  override async events(door: string, count: number): Promise<AuditEntry[]> {
    const entries = await this.ask(() => this.redis.xrevrange(redisKeys.events(door), '+', '-', 'COUNT', count));
    return entries.map(([, fields]) => auditEntry(fields));
  }

  override async history(doors: readonly string[], { count, before }: HistoryPage): Promise<TrailEntry[]> {
    const end = before === undefined ? '+' : `(${before}`;
    const found = await this.ask(() =>
      Promise.all(
        doors.map(async (door) => {
          const entries = await this.redis.xrevrange(redisKeys.events(door), end, '-', 'COUNT', count);
          return entries.map(([id, fields]) => ({ door, id, fields: auditEntry(fields) }));
        }),
      ),
    );
    return newestEntries(found.flat(), count);
  }

  override trail(doors: readonly string[], sinceMs?: number): TrailReader {
    const reader = new RedisTrailReader(this.url, doors, sinceMs);
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
    const following = new RedisFollowing(this.url, doors, follower);
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
    const connections = [this.redis, ...[...this.followings].flatMap((each) => each.connections)];
    await this.ask(async () => {
      await Promise.all(connections.map(connectionAttempt));
      try {
        await Promise.all(connections.map((redis) => redis.ping()));
      } catch (error) {
        // a connection whose other end vanished without a word would wait for TCP to notice
        for (const redis of connections) if (redis.status === 'ready') redis.disconnect(true);
        throw error;
      }
    });
  }

  override async facts(): Promise<StoreFacts> {
    const [server, nowMs] = await this.ask(() => Promise.all([this.redis.info('server'), redisTimeMs(this.redis)]));
    const [, version = 'of unknown version'] = /^redis_version:(\S+)/mu.exec(server) ?? [];
    return { name: `Redis ${version}`, nowMs };
  }

  override close(): Promise<void> {
    for (const each of [...this.followings, ...this.trailReaders]) each.close();
    this.followings.clear();
    this.trailReaders.clear();
    this.redis.disconnect();
    return Promise.resolve();
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw this.unavailable(error);
    }
  }
}
