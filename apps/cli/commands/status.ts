import type { Command } from 'commander';
import { hostPort } from '#address';
import type { ProcessReport } from '#grants';
import { CommandFailed } from '../command-failed.js';
import { withTexts } from '../command-texts.js';
import { type ConfigOptions, readSettings, withConfig } from '../config-options.js';
import { ownVersion } from '../own-version.js';
import { print, say } from '../say.js';
import { type DoorStatus, type LastEntry, readStatus, type Status } from '../status/read-status.js';
import { statusLines } from '../status/status-lines.js';
import { paintFor } from '../terminal/paint.js';

interface StatusOptions extends ConfigOptions {
  readonly json?: boolean;
}

export function addStatus(program: Command): void {
  const command = withConfig(
    program.command('status').description('the processes, the doors, who is in, what happened last, and the store'),
  )
    .option('--upstream <url>', 'what is behind the doors that name nothing')
    .option('--json', 'print it all as JSON')
    .action((options: StatusOptions) => showStatus(options));
  withTexts(command, {
    details: [
      'From config and store. Each process that runs with this Redis tells it once a second how it is; one that has said nothing for 10 s is not shown. Failed is an attempt that was voided, or took too long.',
    ],
    examples: [
      'knockgate status',
      "knockgate status --json | jq '.doors[].grants | length'",
      "knockgate status --json | jq '.processes[] | select(.healthy | not)'",
    ],
    exit: { 0: 'printed', 1: 'the store cannot be reached', 2: 'wrong usage or config' },
  });
}

async function showStatus({ json = false, ...options }: StatusOptions): Promise<void> {
  const settings = readSettings(options, say);
  const status = await readStatus(settings);
  const { store } = status;
  const about = { version: ownVersion(), node: process.versions.node, files: settings.files };
  if (json) print(JSON.stringify({ ...about, ...asJson(status) }));
  else {
    print(`knockgate ${about.version}, Node ${about.node}; config: ${about.files.join(', ')}`);
    for (const line of statusLines(status, paintFor(process.stdout))) print(line);
  }
  if (store.kind !== 'memory' && !store.reachable) throw new CommandFailed([`store unreachable: ${store.reason}`], 1);
}

function asJson({ store, processes, doors }: Status): object {
  return { store, processes: processes?.reports.map(processJson) ?? null, doors: doors.map(doorJson) };
}

function processJson({ host, pid, roles, version, startedAt, healthy, problems }: ProcessReport): object {
  return { host, pid, roles, version, started_at: startedAt, healthy, problems };
}

/** SECURITY: a door's settings hold its sequence; these are the others. */
function doorJson({ door, activity }: DoorStatus): object {
  const { name, listen, mode, hide, upstream } = door;
  const entry = (last: LastEntry | null): object | null =>
    last === null ? null : { seconds_ago: last.seconds_ago, ...last.fields };
  const known =
    activity === undefined
      ? { grants: null, last_open: null, last_failed: null }
      : { grants: activity.grants, last_open: entry(activity.last_open), last_failed: entry(activity.last_failed) };
  return { name, listen: listen.map(hostPort), mode, hide, upstream, ...known };
}
