import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';

/** What a reply of `read.lua` says of one key. */
export type ReadReply = readonly [pttl: number, grantedAt: string, expiresAt: string, method: string, listener: string];

/** The Lua commands (see the head of each file in commands/), as ioredis defines them on a connection. */
export interface RedisCommands {
  grant(keys: readonly [grant: string, events: string], args: readonly string[]): Promise<GrantReply>;
  revoke(keys: readonly [grant: string, events: string], args: readonly string[]): Promise<number>;
  record(keys: readonly [events: string], args: readonly string[]): Promise<number>;
  recordEnd(keys: readonly [grant: string, events: string], args: readonly string[]): Promise<number>;
  read(keys: readonly string[]): Promise<ReadReply[]>;
  denied(keys: readonly [grant: string, events: string, claimed: string]): Promise<string[] | null>;
}

type GrantReply = readonly [kind: 'opened' | 'extended', ttlMs: number, grantedAt: string, expiresAt: string];

const text = (file: string): string => readFileSync(new URL(`commands/${file}.lua`, import.meta.url), 'utf8');
const script = (name: string): string => `${text('clock')}\n${text(name)}`;

/** Loads the commands onto a connection; ioredis sends EVALSHA, and EVAL where the server does not know them yet. */
export function defineCommands(redis: Redis): RedisCommands {
  const define = (name: string, file: string, numberOfKeys?: number): void =>
    redis.defineCommand(name, { lua: script(file), ...(numberOfKeys === undefined ? {} : { numberOfKeys }) });
  define('grantDoor', 'grant-2', 2);
  define('revokeGrant', 'revoke-2', 2);
  define('recordEvent', 'record-1', 1);
  define('recordEnd', 'record-end-2', 2);
  define('readGrants', 'read');
  define('deniedCommands', 'denied-3', 3);
  const call = (name: string, args: readonly (string | number)[]): Promise<unknown> =>
    (redis as unknown as Record<string, (...args: readonly (string | number)[]) => Promise<unknown>>)[name]!(...args);
  return {
    grant: (keys, args) => call('grantDoor', [...keys, ...args]) as Promise<GrantReply>,
    revoke: (keys, args) => call('revokeGrant', [...keys, ...args]) as Promise<number>,
    record: (keys, args) => call('recordEvent', [...keys, ...args]) as Promise<number>,
    recordEnd: (keys, args) => call('recordEnd', [...keys, ...args]) as Promise<number>,
    denied: (keys) => call('deniedCommands', [...keys]) as Promise<string[] | null>,
    read: (keys) => call('readGrants', [keys.length, ...keys]) as Promise<ReadReply[]>,
  };
}
