import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { canonicalAddress } from '#address';
import { parseDuration } from '#config';
import { type GrantStore, StoreUnavailable, type TrailEntry, type TrailReader } from '#grants';
import { CommandFailed } from '../command-failed.js';
import { withTexts } from '../command-texts.js';
import { type ConfigOptions, withConfig } from '../config-options.js';
import { doorNamed } from '../door-knock.js';
import { trailJson, trailLine } from '../events/trail-lines.js';
import { interruption } from '../interruption.js';
import { print, say } from '../say.js';
import { withStore } from '../store-session.js';
import { paintFor } from '../terminal/paint.js';

interface EventsOptions extends ConfigOptions {
  readonly follow?: boolean;
  readonly ip?: string;
  readonly since?: string;
  readonly json?: boolean;
}

const WAIT_MS = 60_000;
const RETRY_MS = 250;
/** With --follow, where nobody says how far back. */
const FOLLOWED_SINCE = '10m';

export function addEvents(program: Command): void {
  const command = withConfig(
    program.command('events').description('the audit trail: knocks, opens, extensions, ends, in order'),
  )
    .argument('[door]', 'this door only')
    .option('-f, --follow', 'then what comes, until interrupted')
    .option('--ip <ip>', 'this source only')
    .option(
      '--since <time>',
      `how far back: 45s, 10m, 2h … (default: all that is kept; with --follow ${FOLLOWED_SINCE})`,
    )
    .option('--json', 'one JSON object a line')
    .action((door: string | undefined, options: EventsOptions) => events(door, options));
  withTexts(command, {
    details: ['A store that is away is waited for with --follow; no entry is lost or told twice.'],
    examples: [
      'knockgate events -f',
      'knockgate events HTTP --ip 203.0.113.7 --since 1h',
      `knockgate events -f --json | jq -r 'select(.event == "opened") | .ip'`,
    ],
    redis: ["redis-cli XREVRANGE 'knockgate:{HTTP}:events' + - COUNT 20"],
    exit: { 0: 'printed or interrupted', 1: 'the store cannot be reached', 2: 'wrong usage or config' },
  });
}

async function events(name: string | undefined, options: EventsOptions): Promise<void> {
  const { follow = false, json = false } = options;
  const ip = sourceOf(options.ip);
  const sinceMs = sinceOf(options.since ?? (follow ? FOLLOWED_SINCE : undefined));
  await withStore(options, async (store, settings) => {
    const doors = (name === undefined ? settings.doors : [doorNamed(name, settings, '--ip')]).map((door) => door.name);
    const show = printer(doors, json);
    let shown = 0;
    for await (const entry of entriesOf({ store, doors, sinceMs, follow })) {
      if (ip !== undefined && entry.fields['ip'] !== ip) continue;
      shown += 1;
      show(entry);
    }
    if (shown === 0 && !follow) say('nothing in the audit trail');
  });
}

function printer(doors: readonly string[], json: boolean): (entry: TrailEntry) => void {
  if (json) return (entry) => print(trailJson(entry));
  const paint = paintFor(process.stdout);
  const doorWidth = Math.max(...doors.map((door) => door.length));
  return (entry) => print(trailLine(entry, doorWidth, paint));
}

interface Wanted {
  readonly store: GrantStore;
  readonly doors: readonly string[];
  readonly sinceMs: number | undefined;
  readonly follow: boolean;
}

async function* entriesOf({ store, doors, sinceMs, follow }: Wanted): AsyncGenerator<TrailEntry> {
  const reader = store.trail(doors, sinceMs);
  if (!follow) {
    for (let part = await reader.next(0); part.length > 0; part = await reader.next(0)) yield* part;
    return;
  }
  const stop = interruption();
  stop.addEventListener('abort', () => reader.close());
  while (!stop.aborted) yield* await nextOrAgain(reader, stop);
}

/** A store that is away is waited for. */
async function nextOrAgain(reader: TrailReader, stop: AbortSignal): Promise<readonly TrailEntry[]> {
  for (let tries = 0; ; tries += 1) {
    try {
      const entries = await reader.next(tries === 0 ? WAIT_MS : 0);
      if (tries > 0 && !stop.aborted) say('store: there again');
      return entries;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      if (tries === 0) say(`store: ${error.message}; waiting for it`);
      await delay(RETRY_MS);
    }
  }
}

function sourceOf(text: string | undefined): string | undefined {
  const ip = text === undefined ? undefined : canonicalAddress(text);
  if (text !== undefined && ip === undefined) throw new CommandFailed([`--ip: not an IP address: ${text}`], 2);
  return ip;
}

function sinceOf(text: string | undefined): number | undefined {
  const sinceMs = text === undefined ? undefined : parseDuration(text);
  if (text !== undefined && sinceMs === undefined) {
    throw new CommandFailed([`--since: not a time such as 45s, 10m or 2h: ${text}`], 2);
  }
  return sinceMs;
}
