import { setTimeout as delay } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { compareIds } from '../compare-ids.js';
import type { AuditEntry } from '../grant.js';
import type { TrailEntry, TrailReader } from '../trail.js';
import { connectionAttempt, redisTimeMs } from './redis-connection.js';
import { redisKeys } from './redis-keys.js';
import type { RedisServers } from './redis-servers.js';

/** Entries of one answer, all doors together: it takes Redis about a millisecond, in which it does nothing else. */
const PAGE = 1000;
/** A wait is made of shorter ones, so that a Redis that hangs is noticed by its silence (see COMMAND_TIMEOUT_MS). */
const BLOCK_MS = 1000;
/** How often a cluster is asked: its streams are on several servers, none of which knows of the others' entries. */
const POLL_MS = 200;
const START = '0-0';
/** Behind all entries of a millisecond (redis.io, streams: 64 bits). */
const LAST_OF_MS = '18446744073709551615';

/**
 * Reads the doors' streams with XREAD from where it stands at each. Where it stands is here alone: a connection, or a
 * Redis, that is lost and found again does not matter, as long as Redis's clock does not go back by more than that took.
 */
export class RedisTrailReader implements TrailReader {
  /** The id of the last entry given of each door, or of where to begin. */
  private positions: string[] | undefined;
  private closed = false;
  /** How those that wait are told that there will be nothing more. */
  private readonly waiting = new Set<() => void>();

  /**
   * @param servers its own, to be closed with it: a blocking XREAD holds up every other command of its connection
   * @param sinceMs how far back it begins; undefined: with all that is kept
   */
  constructor(
    private readonly servers: RedisServers,
    private readonly doors: readonly string[],
    private readonly sinceMs: number | undefined,
  ) {}

  next(waitMs: number): Promise<readonly TrailEntry[]> {
    // No race with one promise of the end: that would hold every answer there has been until then.
    return new Promise((resolve, reject) => {
      const leave = (): void => resolve([]);
      if (this.closed) return leave();
      this.waiting.add(leave);
      const over = (): unknown => this.waiting.delete(leave);
      void this.ask(waitMs).then(resolve, reject).finally(over);
    });
  }

  close(): void {
    this.closed = true;
    for (const leave of this.waiting) leave();
    this.servers.close();
  }

  private async ask(waitMs: number): Promise<readonly TrailEntry[]> {
    try {
      await connectionAttempt(this.servers.client);
      const positions = (this.positions ??= await this.begin());
      for (let leftMs = waitMs; ; leftMs -= BLOCK_MS) {
        const entries = await this.read(positions, Math.min(leftMs, BLOCK_MS));
        if (entries.length > 0 || leftMs <= BLOCK_MS) return entries;
      }
    } catch (error) {
      this.servers.check().catch(() => {}); // a server that hangs may have been replaced: away from it
      throw this.servers.unavailable(error);
    }
  }

  private async begin(): Promise<string[]> {
    if (this.sinceMs === undefined) return this.doors.map(() => START);
    const fromMs = (await redisTimeMs(this.servers.client)) - Math.round(this.sinceMs);
    return this.doors.map(() => (fromMs > 0 ? `${fromMs - 1}-${LAST_OF_MS}` : START));
  }

  private async read(positions: string[], blockMs: number): Promise<TrailEntry[]> {
    const count = Math.max(1, Math.floor(PAGE / this.doors.length));
    const { client } = this.servers;
    const streams = [...this.doors.map((door) => redisKeys.events(door)), ...positions];
    const replies =
      client instanceof Cluster
        ? await this.poll(client, { positions, count, blockMs })
        : blockMs > 0
          ? await client.xread('COUNT', count, 'BLOCK', Math.ceil(blockMs), 'STREAMS', ...streams) // 0: for ever
          : await client.xread('COUNT', count, 'STREAMS', ...streams);
    const found = (replies ?? []).map(([key, entries]) => {
      const door = this.doors.find((each) => redisKeys.events(each) === key)!;
      return entries.map(([id, fields]) => ({ door, id, fields: auditEntry(fields) }));
    });
    const given = inOrder(found, count);
    for (const { door, id } of given) positions[this.doors.indexOf(door)] = id;
    return given;
  }

  /** One XREAD a door, and so a slot. */
  private async poll(cluster: Cluster, { positions, count, blockMs }: Question): Promise<readonly Stream[]> {
    for (let leftMs = blockMs; ; leftMs -= POLL_MS) {
      const replies = await Promise.all(
        this.doors.map((door, i) => cluster.xread('COUNT', count, 'STREAMS', redisKeys.events(door), positions[i]!)),
      );
      const streams = replies.flatMap((reply) => reply ?? []);
      if (streams.length > 0 || leftMs <= 0) return streams;
      await delay(Math.min(leftMs, POLL_MS));
    }
  }
}

type Stream = [key: string, entries: [id: string, fields: string[]][]];

interface Question {
  readonly positions: readonly string[];
  readonly count: number;
  readonly blockMs: number;
}

/**
 * Merged by id, which is Redis's time. Where a stream has more than it gave, nothing behind its last entry counts yet:
 * that is read again with the rest of it.
 */
function inOrder(found: readonly (readonly TrailEntry[])[], count: number): TrailEntry[] {
  const cut = found.filter((entries) => entries.length === count).map((entries) => entries.at(-1)!);
  const all = found.flat().toSorted(byId);
  const [end] = cut.toSorted(byId);
  return end === undefined ? all : all.filter((entry) => byId(entry, end) <= 0);
}

function byId(x: TrailEntry, y: TrailEntry): number {
  return compareIds(x.id, y.id);
}

/** From a stream's flat list of fields and values. */
export function auditEntry(fields: readonly string[]): AuditEntry {
  const entry: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) entry[fields[i]!] = fields[i + 1]!;
  return entry;
}

/** An entry as the commands take it (commands/trail.lua). */
export function entryArgs({ event = '', at: _at, ...fields }: AuditEntry): string[] {
  const texts = [event, ...Object.entries(fields).flat()];
  return [String(texts.length), ...texts];
}
