import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Settings } from '#config';
import { WORKER_FILE } from '../fork-worker.js';
import { needsOfListener } from '../leave-rights.js';
import { type UserIds, userIds } from '../user-ids.js';
import { workerCount } from '../worker-count.js';
import { type Check, ROLES, type Subject } from './check.js';
import { type Finding, findingsOn } from './finding.js';
import { shellWord } from './shell-word.js';
import { startAsRoot } from './start-as-root.js';

const { ok, warning, fault, skipped } = findingsOn('files');

/** Folders that are made anew at each boot, by systemd (RuntimeDirectory) for instance. */
const MADE_AT_START = /^(?:\/var)?\/run\//u;

/** Whether the users that it starts as, and becomes, may read and write what the config names. */
export const checkFiles: Check = {
  topic: 'files',
  look(subject) {
    if (process.geteuid === undefined) return [skipped('there are no users to become on this system')];
    const found = [...writes(subject), ...becomes(subject)];
    return found.length > 0 ? found : [ok('all files that the config names can be read and written')];
  },
};

/** What is opened for writing as who it is started as; taken to be who asks. */
function writes({ settings, command }: Subject): Finding[] {
  const { logFile, healthFile, pidFile } = settings;
  const hears = (ROLES[command] as readonly string[]).includes('listener');
  const named = { logfile: logFile, health_file: healthFile, pidfile: hears ? pidFile : undefined };
  return Object.entries(named).flatMap(([key, file]) => (file === undefined ? [] : judgeWritten(key, file)));
}

function judgeWritten(key: string, file: string): Finding[] {
  const folder = dirname(file);
  if (!existsSync(folder)) {
    const cure = `sudo mkdir -p ${shellWord(folder)}`;
    const told = MADE_AT_START.test(folder) ? warning : fault;
    return [told(`${key}: its folder ${folder} is not there`, cure)];
  }
  if (
    may(
      undefined,
      existsSync(file)
        ? [['w', file]]
        : [
            ['w', folder],
            ['x', folder],
          ],
    )
  )
    return [];
  return [
    fault(
      `${key}: this user may not write ${file}`,
      `sudo chown "$(id -u)" ${shellWord(existsSync(file) ? file : folder)}`,
    ),
  ];
}

/** Root's gateway becomes `user` (leave-rights.ts). */
function becomes({ settings, command, options }: Subject): Finding[] {
  const roles: readonly string[] = ROLES[command];
  if (!roles.includes('gateway')) return [];
  if (process.geteuid!() !== 0) return [skipped('what `user` may read and write only root can try')];
  const ids = userIds(settings.user);
  if (ids === undefined) {
    const cure = `sudo useradd --system --no-create-home --shell /usr/sbin/nologin ${shellWord(settings.user)}`;
    return [fault(`user: this host has no user ${settings.user}, so the gateway would not start`, cure)];
  }
  const mayMakeFiles = (folder: string): boolean =>
    may(ids, [
      ['w', folder],
      ['x', folder],
    ]);
  const needs = roles.includes('listener') ? needsOfListener(settings, mayMakeFiles) : [];
  if (needs.length > 0) {
    const what = `up keeps root's rights, as ${needs.join(', ')} may need them`;
    const [listen, serve] = (['listen', 'serve'] as const).map((each) => startAsRoot({ command: each, options }));
    return [warning(what, `${listen} & ${serve} # two processes over one Redis, the gateway without rights`)];
  }
  return [...rotates(settings, mayMakeFiles), ...runs(settings, ids)];
}

function rotates({ logFile, user }: Settings, mayMakeFiles: (folder: string) => boolean): Finding[] {
  if (logFile === undefined || !existsSync(dirname(logFile)) || mayMakeFiles(dirname(logFile))) return [];
  const what = `logfile: ${user} may make no new one in its folder, so logrotate must copytruncate`;
  return [warning(what, `sudo chown ${shellWord(user)} ${shellWord(dirname(logFile))}`)];
}

/** Workers are started as that user. */
function runs(settings: Settings, ids: UserIds): Finding[] {
  if (workerCount(settings) === 1) return [];
  const closed = [process.execPath, WORKER_FILE].find((file) => !may(ids, [['r', file]]));
  if (closed === undefined) return [];
  const what = `workers: ${settings.user} may not read ${closed}, which they run, so the gateway would not start`;
  return [fault(what, 'sudo npm install --global . # where that user may read it; or write workers: 1 in the config')];
}

/** What test(1) calls them. */
type Access = 'r' | 'w' | 'x';
const ASK = 'while [ $# -gt 1 ]; do [ "-$1" "$2" ] || exit 1; shift 2; done';

/** Whether a user may do all of that, without trying: a child that is that user asks access(2). Undefined: this one. */
function may(ids: UserIds | undefined, questions: readonly (readonly [Access, string])[]): boolean {
  return (
    spawnSync('/bin/sh', ['-c', ASK, 'sh', ...questions.flat()], { ...ids, stdio: 'ignore', env: {} }).status === 0
  );
}
