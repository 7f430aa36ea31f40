import { once } from 'node:events';
import type { Command } from 'commander';
import { canonicalAddress } from '#address';
import { parseDuration, type Settings } from '#config';
import { type Grant, type GrantFollower, type GrantKey, monotonicMs } from '#grants';
import { oneLine } from '#telemetry';
import { CommandFailed } from '../command-failed.js';
import { withTexts } from '../command-texts.js';
import { type ConfigOptions, withConfig } from '../config-options.js';
import { doorNamed } from '../door-knock.js';
import { watchOnScreen } from '../grants/watch-on-screen.js';
import { interruption } from '../interruption.js';
import { print, say } from '../say.js';
import { withStore } from '../store-session.js';
import { table } from '../terminal/table.js';

interface Options extends ConfigOptions {
  readonly json?: boolean;
}

const DOOR = 'its name, as in the config';
const IP = 'IPv4 or IPv6 address';
const EXIT = { 1: 'the store cannot be reached', 2: 'wrong usage or config' };

/** Adds `grants [ls|watch]`, `grant` and `revoke`. */
export function addGrants(program: Command): void {
  const grants = program.command('grants').description('the live grants');
  const ls = withConfig(grants.command('ls', { isDefault: true }).description('list them (the default)'))
    .option('--json', 'one JSON object a line')
    .action((options: Options) => list(options));
  withTexts(ls, {
    examples: ['knockgate grants', 'knockgate grants ls --json'],
    redis: [
      "redis-cli --scan --pattern 'knockgate:{*}:grant:*'",
      "redis-cli HGETALL 'knockgate:{HTTP}:grant:203.0.113.7'",
    ],
    exit: { 0: 'listed', ...EXIT },
  });
  const watched = withConfig(grants.command('watch').description('show them and each change, until interrupted'))
    .option('--json', 'one JSON object a line')
    .action((options: Options) => watch(options));
  withTexts(watched, {
    details: [
      'On a terminal: a table that is drawn in place, the seconds draining. Into a pipe: a line for each change.',
    ],
    examples: ['knockgate grants watch', 'knockgate grants watch --json'],
    exit: { 0: 'interrupted', ...EXIT },
  });
  const granting = withConfig(program.command('grant').description('let an IP in without a knock, or for longer'))
    .argument('<door>', DOOR)
    .argument('<ip>', IP)
    .option('--for <time>', "59s, 2m, 1h … (default: the door's cmd_timeout)")
    .option('--json', 'print the grant as JSON')
    .action((door: string, ip: string, options: Options & { readonly for?: string }) => grant(door, ip, options));
  withTexts(granting, {
    examples: ['knockgate grant HTTP 203.0.113.7', 'knockgate grant HTTP 203.0.113.7 --for 10m'],
    exit: { 0: 'granted', ...EXIT },
  });
  const revoking = withConfig(
    program.command('revoke').description('shut the door for an IP, live connections included'),
  )
    .argument('<door>', DOOR)
    .argument('<ip>', IP)
    .option('--json', 'print the result as JSON')
    .action((door: string, ip: string, options: Options) => revoke(door, ip, options));
  withTexts(revoking, {
    examples: ['knockgate revoke HTTP 203.0.113.7'],
    redis: ["redis-cli DEL 'knockgate:{HTTP}:grant:203.0.113.7'"],
    exit: { 0: 'revoked', 1: 'there was no grant, or the store cannot be reached', 2: 'wrong usage or config' },
  });
}

async function list(options: Options): Promise<void> {
  const grants = await withStore(options, (store) => store.list());
  grants.sort((x, y) => x.door.localeCompare(y.door) || x.deadlineMs - y.deadlineMs);
  if (options.json === true) for (const each of grants) print(JSON.stringify(asJson(each)));
  else if (grants.length === 0) say('no live grants');
  else for (const line of table(rows(grants))) print(line);
}

async function watch(options: Options): Promise<void> {
  await withStore(options, async (store, settings) => {
    const doors = settings.doors.map(({ name }) => name);
    const stop = interruption();
    const onScreen = process.stdout.isTTY && process.env['TERM'] !== 'dumb' && options.json !== true;
    if (onScreen) return watchOnScreen({ store, doors, stop });
    store.follow(doors, lineFollower(options.json === true));
    await once(stop, 'abort');
  });
}

function lineFollower(json: boolean): GrantFollower {
  const show = (change: string, key: GrantKey, live?: Grant): void =>
    print(
      json
        ? JSON.stringify({ change, door: key.door, ip: key.ip, ...(live === undefined ? {} : asJson(live)) })
        : `${new Date().toISOString()}  ${change.padEnd(8)} ${oneLine(key.door)}  ${key.ip}${live === undefined ? '' : `  ${secondsLeft(live)} s left`}`,
    );
  return {
    snapshot: (grants) => {
      for (const each of grants) show('live', each, each);
    },
    changed: (key, each) => show(each === undefined ? 'ended' : 'granted', key, each),
    withoutTtl: (key) => show('no TTL', key),
    lost: (reason) => say(`store: ${reason}; waiting for it`),
  };
}

async function grant(name: string, text: string, options: Options & { readonly for?: string }): Promise<void> {
  expectDoorFirst('grant', name, text);
  await withStore(options, async (store, settings) => {
    const { door, ip } = keyOf(name, text, settings);
    const ttlMs = options.for === undefined ? cmdTimeout(door, settings) : parseDuration(options.for);
    if (ttlMs === undefined) throw new CommandFailed([`--for: not a time such as 59s, 2m or 1h: ${options.for}`], 2);
    const granted = await store.grant({ door, ip, ttlMs, method: 'manual', listener: 'knockgate grant' });
    if (options.json === true) print(JSON.stringify({ result: granted.kind, ...asJson(granted.grant) }));
    else print(`${ip}: ${door}: ${granted.kind}, ${secondsLeft(granted.grant)} s`);
  });
}

async function revoke(name: string, text: string, options: Options): Promise<void> {
  expectDoorFirst('revoke', name, text);
  await withStore(options, async (store, settings) => {
    const key = keyOf(name, text, settings);
    const revoked = await store.revoke(key, 'knockgate revoke');
    if (options.json === true) print(JSON.stringify({ revoked, ...key }));
    if (!revoked) throw new CommandFailed([`${key.ip}: ${key.door}: no live grant`], 1);
    if (options.json !== true) print(`${key.ip}: ${key.door}: revoked`);
  });
}

function expectDoorFirst(command: string, first: string, second: string): void {
  if (canonicalAddress(first) === undefined || canonicalAddress(second) !== undefined) return;
  throw new CommandFailed([`the door comes first: knockgate ${command} ${second} ${first}`], 2);
}

function keyOf(name: string, text: string, settings: Settings): GrantKey {
  const door = doorNamed(name, settings).name;
  const ip = canonicalAddress(text);
  if (ip === undefined) throw new CommandFailed([`not an IP address: ${text}`], 2);
  return { door, ip };
}

function cmdTimeout(door: string, { doors }: Settings): number {
  return doors.find(({ name }) => name === door)!.cmdTimeoutMs;
}

function secondsLeft({ deadlineMs }: Grant): number {
  return Math.max(0, Math.ceil((deadlineMs - monotonicMs()) / 1000));
}

function asJson(live: Grant): Record<string, string | number> {
  const { door, ip, grantedAt, expiresAt, method, listener } = live;
  return { door, ip, seconds_left: secondsLeft(live), granted_at: grantedAt, expires_at: expiresAt, method, listener };
}

function rows(grants: readonly Grant[]): string[][] {
  const heading = ['DOOR', 'IP', 'LEFT', 'GRANTED', 'METHOD', 'BY'];
  return [
    heading,
    // SECURITY: whoever writes to Redis writes here
    ...grants.map((each) =>
      [each.door, each.ip, `${secondsLeft(each)}s`, each.grantedAt, each.method, each.listener].map(oneLine),
    ),
  ];
}
