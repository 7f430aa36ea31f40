import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { canonicalAddress, isIPv4, parseAddress } from '#address';
import type { DoorSettings, Settings } from '#config';
import {
  type Following,
  type Grant,
  type GrantFollower,
  type GrantKey,
  GrantMirror,
  GrantStore,
  monotonicMs,
} from '#grants';
import { Heartbeat, type Part, SETTINGS } from '#runtime';
import { EventLog } from '#telemetry';
import { CommandJournal } from './command-journal.js';
import { commandVector } from './command-line.js';
import { type CommandEnd, runCommand } from './run-command.js';

const SHUTDOWN_MS = 1500;

/**
 * Runs the doors' commands, one start and one stop for each grant, however it came about and however it ends. Where the
 * store is silent for `store_max_stale` all doors are shut, and so the stop commands are run; a grant that is still
 * there when the store is back is a new opening. At a shutdown grants in Redis live on: the next start takes them up.
 */
@Injectable()
export class CommandRunner implements GrantFollower, Part, OnApplicationBootstrap, OnApplicationShutdown {
  readonly problem = undefined;
  private readonly mirror: GrantMirror;
  private journal: CommandJournal | undefined;
  private doors = new Map<string, DoorSettings>();
  /** Grants whose start command was ordered and whose stop command was not. */
  private readonly up = new Map<string, GrantKey>();
  /** Per grant in order. */
  private readonly chains = new Map<string, Promise<void>>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private following: Following | undefined;
  private closed = false;
  private snapshotSeen = false;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(Heartbeat) heartbeat: Heartbeat,
  ) {
    this.mirror = new GrantMirror(settings.storeMaxStaleMs, {
      ended: (grant) => this.end(grant),
      stale: () => this.endAll(),
      lost: () => {},
      withoutTtl: () => {},
    });
    heartbeat.watch(this);
  }

  onApplicationBootstrap(): void {
    if (!this.settings.runCommands) return;
    this.journal = new CommandJournal(journalPath(this.settings));
    for (const entry of this.journal.entries) {
      if (entry.phase === 'started') this.up.set(id(entry), entry);
      else this.order(entry, () => this.stop(entry));
    }
    const timer = setTimeout(() => {
      if (!this.snapshotSeen) this.endAll();
    }, this.settings.storeMaxStaleMs);
    timer.unref();
    this.follow(this.settings.doors);
  }

  /** Follows the grants of these doors from now on. */
  follow(doors: readonly DoorSettings[]): void {
    if (this.journal === undefined) return;
    const own = doors.filter(({ commands }) => [commands[4], commands[6]].some(({ start, stop }) => start ?? stop));
    this.doors = new Map(own.map((door) => [door.name, door]));
    this.following?.close();
    for (const key of this.up.values()) if (!this.doors.has(key.door)) this.end(key);
    if (own.length > 0) this.following = this.store.follow([...this.doors.keys()], this);
  }

  async onApplicationShutdown(): Promise<void> {
    this.following?.close();
    this.mirror.close();
    if (this.settings.store.kind === 'memory') this.endAll();
    this.closed = true;
    await Promise.race([Promise.all(this.chains.values()), delay(SHUTDOWN_MS, undefined, { ref: false })]);
  }

  heard(): void {
    this.mirror.heard();
    if (this.snapshotSeen && !this.mirror.fresh) this.following?.resync();
  }

  snapshot(grants: readonly Grant[]): void {
    this.snapshotSeen = true;
    this.mirror.snapshot(grants);
    const live = new Set(grants.map(id));
    for (const key of this.up.values()) if (!live.has(id(key))) this.end(key);
    for (const grant of grants) this.begin(grant);
  }

  changed(key: GrantKey, grant: Grant | undefined): void {
    this.mirror.changed(key, grant);
    if (grant !== undefined) this.begin(grant);
  }

  lost(reason: string): void {
    this.mirror.lost(reason);
  }

  withoutTtl(key: GrantKey): void {
    this.mirror.withoutTtl(key);
    this.end(key);
  }

  private begin({ door: name, ip, deadlineMs }: Grant): void {
    const door = this.doors.get(name);
    const address = parseAddress(ip);
    // SECURITY: the key comes from Redis, where others may write: no text but a canonical address reaches a command.
    if (door === undefined || address === undefined || canonicalAddress(ip) !== ip) return;
    const key = { door: name, ip };
    if (this.closed || this.up.has(id(key)) || deadlineMs <= monotonicMs()) return;
    this.up.set(id(key), key);
    const { start, stop } = door.commands[isIPv4(address) ? 4 : 6];
    this.order(key, async () => {
      this.journal!.put({ ...key, stop, phase: 'started' });
      if (start !== undefined) await this.run(key, 'start', start);
    });
  }

  private end({ door, ip }: GrantKey): void {
    const key = { door, ip };
    if (this.up.delete(id(key))) this.order(key, () => this.stop(key));
  }

  private endAll(): void {
    for (const key of this.up.values()) this.end(key);
  }

  private async stop(key: GrantKey): Promise<void> {
    const entry = this.journal!.get(key);
    if (entry === undefined) return; // its start command was refused
    try {
      this.journal!.put({ ...entry, phase: 'stopping' });
    } catch (error) {
      this.failed(key, error); // the effect must end all the same
    }
    if (entry.stop !== undefined) await this.run(key, 'stop', entry.stop);
    this.journal!.remove(key);
  }

  private order(key: GrantKey, task: () => Promise<void>): void {
    const before = this.chains.get(id(key)) ?? Promise.resolve();
    const chain = before.then(task).catch((error: unknown) => this.failed(key, error));
    this.chains.set(id(key), chain);
    void chain.finally(() => {
      if (this.chains.get(id(key)) === chain) this.chains.delete(id(key));
    });
  }

  private async run({ door, ip }: GrantKey, command: 'start' | 'stop', line: string): Promise<void> {
    const { commands, commandTimeMs } = this.settings.limits;
    if (this.running >= commands) await new Promise<void>((free) => this.waiting.push(free));
    else this.running += 1;
    const startedMs = monotonicMs();
    const end = await runCommand(commandVector(line, ip), commandTimeMs);
    const next = this.waiting.shift();
    if (next === undefined) this.running -= 1;
    else next();
    const ms = Math.round(monotonicMs() - startedMs);
    const output = 'output' in end ? end.output : '';
    this.log.emit({ event: 'command', door, ip, command, result: resultOf(end, commandTimeMs), ms, output });
  }

  private failed({ door, ip }: GrantKey, error: unknown): void {
    this.log.emit({ event: 'command_journal_failed', door, ip, reason: (error as Error).message });
  }
}

function resultOf(end: CommandEnd, limitMs: number): string {
  switch (end.kind) {
    case 'exited':
      return end.status === 0 ? 'ok' : `command returned non-zero status code (${end.status})`;
    case 'killed':
      return `command was ended by ${end.signal}`;
    case 'timed_out':
      return `command took longer than ${limitMs / 1000} s and was killed`;
    case 'not_started':
      return `command could not be run: ${end.reason}`;
    default: {
      const exhaustive: never = end;
      return exhaustive;
    }
  }
}

/** Two listeners on one host with configs of their own keep apart. */
function journalPath({ files }: Settings): string {
  const which = createHash('sha256')
    .update(files.map((file) => resolve(file)).join('\n'))
    .digest('hex');
  return join(process.env['STATE_DIRECTORY'] ?? '/var/lib/knockgate', `commands-${which.slice(0, 12)}.json`);
}

function id({ door, ip }: GrantKey): string {
  return `${door}\n${ip}`;
}
