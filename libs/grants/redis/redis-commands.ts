import { readFileSync } from 'node:fs';
import type { RedisClient } from './redis-connection.js';

/** What a reply of `read.lua` says of one key. */
export type ReadReply = readonly [
  pttl: number,
  grantedAt: string,
  expiresAt: string,
  method: string,
  listener: string,
  endsAtMs: number,
];

/** The Lua commands (see the head of each file in commands/), as ioredis defines them on a connection. */
export interface RedisCommands {
  grant(keys: readonly [grant: string, events: string], args: readonly string[]): Promise<GrantReply>;
  revoke(keys: readonly [grant: string, events: string], args: readonly string[]): Promise<number>;
  record(keys: readonly [events: string], args: readonly string[]): Promise<number>;
  recordEnd(keys: readonly [grant: string, events: string], args: readonly string[]): Promise<number>;
  read(keys: readonly string[]): Promise<ReadReply[]>;
  report(keys: readonly [process: string, processes: string], args: readonly string[]): Promise<number>;
  retire(keys: readonly [process: string, processes: string]): Promise<number>;
  reports(keys: readonly [processes: string]): Promise<ReportReply[]>;
  advance(keys: AttemptKeys, args: readonly (string | number)[]): Promise<AdvanceReply>;
  sweepAttempts(keys: AttemptKeys, args: readonly (string | number)[]): Promise<SweepReply>;
  /** @param keys of a door: grant, events, claimed, and state, first, advanced, lost of its attempts; or of the processes: process, processes */
  denied(keys: readonly string[]): Promise<string[] | null>;
}

/** The fields of one process's hash: names and values in turn. */
export type ReportReply = readonly string[];

type AttemptKeys = readonly [state: string, first: string, advanced: string, lost: string];
type AdvanceReply = readonly [first: number, advanced: number, ...judged: (number | string)[]];
type SweepReply = readonly [more: number, first: number, advanced: number, ...ended: (number | string)[]];
type GrantReply = readonly [kind: 'opened' | 'extended', ttlMs: number, grantedAt: string, expiresAt: string];

const text = (file: string): string => readFileSync(new URL(`commands/${file}.lua`, import.meta.url), 'utf8');
const script = (name: string): string => ['clock', 'trail', name].map(text).join('\n');

/** Loads the commands onto a connection; ioredis sends EVALSHA, and EVAL where the server does not know them yet. */
export function defineCommands(redis: RedisClient): RedisCommands {
  const define = (name: string, file: string, numberOfKeys?: number): void =>
    redis.defineCommand(name, { lua: script(file), ...(numberOfKeys === undefined ? {} : { numberOfKeys }) });
  define('grantDoor', 'grant-2', 2);
  define('revokeGrant', 'revoke-2', 2);
  define('recordEvent', 'record-1', 1);
  define('recordEnd', 'record-end-2', 2);
  define('readGrants', 'read');
  define('reportProcess', 'report-2', 2);
  define('retireProcess', 'retire-2', 2);
  define('readReports', 'reports-1', 1);
  define('advanceAttempts', 'attempt-4', 4);
  define('sweepAttempts', 'attempt-sweep-4', 4);
  define('deniedCommands', 'denied');
  const call = (name: string, args: readonly (string | number)[]): Promise<unknown> =>
    (redis as unknown as Record<string, (...args: readonly (string | number)[]) => Promise<unknown>>)[name]!(...args);
  return {
    grant: (keys, args) => call('grantDoor', [...keys, ...args]) as Promise<GrantReply>,
    revoke: (keys, args) => call('revokeGrant', [...keys, ...args]) as Promise<number>,
    record: (keys, args) => call('recordEvent', [...keys, ...args]) as Promise<number>,
    recordEnd: (keys, args) => call('recordEnd', [...keys, ...args]) as Promise<number>,
    report: (keys, args) => call('reportProcess', [...keys, ...args]) as Promise<number>,
    retire: (keys) => call('retireProcess', [...keys]) as Promise<number>,
    reports: (keys) => call('readReports', [...keys]) as Promise<ReportReply[]>,
    advance: (keys, args) => call('advanceAttempts', [...keys, ...args]) as Promise<AdvanceReply>,
    sweepAttempts: (keys, args) => call('sweepAttempts', [...keys, ...args]) as Promise<SweepReply>,
    denied: (keys) => call('deniedCommands', [keys.length, ...keys]) as Promise<string[] | null>,
    read: async (keys) => JSON.parse((await call('readGrants', [keys.length, ...keys])) as string) as ReadReply[],
  };
}
