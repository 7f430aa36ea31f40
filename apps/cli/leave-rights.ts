import { chownSync, closeSync, mkdtempSync, openSync, rmdirSync, utimesSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Settings } from '#config';
import { type Capability, giveUpRights, threadsWithRights } from '#kernel';
import type { EventLog } from '#telemetry';
import { CommandFailed } from './command-failed.js';
import type { ConfigReader } from './config-reader.js';
import type { Role } from './start-process.js';
import { type UserIds, userIds } from './user-ids.js';
import { WORKER_FILE } from './fork-worker.js';
import { workerCount } from './worker-count.js';

export interface RightsHolder {
  readonly roles: readonly Role[];
  readonly settings: Settings;
  readonly log: EventLog;
  readonly reader: ConfigReader;
}

/**
 * Gives up for good what a gateway's process needs no longer: its user if that is root, its capabilities, the way to new
 * ones. A listener in the same process keeps CAP_NET_RAW, to open its sockets again when an interface comes back.
 * @throws CommandFailed for a `user` that does not exist, or that it may not become
 */
export function leaveRights({ roles, settings, log, reader }: RightsHolder): void {
  if (process.platform !== 'linux') return;
  const together = roles.includes('listener');
  const { uid, gid } = nextUser(settings);
  const mayMakeFiles = (folder: string): boolean => mayMakeFilesIn({ uid, gid }, folder);
  const needs = together ? needsOfListener(settings, mayMakeFiles) : [];
  if (needs.length > 0) {
    const because = `${needs.join(', ')} of the listener, which is in this process, may need them; \`listen\` and \`serve\` apart give the gateway none`;
    log.emit({ event: 'rights_kept', because });
    return;
  }
  const keep: Capability[] = together ? ['NET_RAW'] : [];
  const becomes = uid !== process.geteuid!();
  if (becomes && workerCount(settings) > 1) expectRunnable({ uid, gid }, settings);
  try {
    if (becomes) prepareFor({ uid, gid }, { settings, reader, log });
    giveUpRights({ uid, gid, keep });
  } catch (error) {
    throw explained(error, settings);
  }
  const user = becomes ? shownUser(settings, uid) : `uid ${uid}`;
  log.emit({ event: 'rights_given_up', user, kept: keep.map((name) => `CAP_${name}`).join(', ') });
  const threads = threadsWithRights(keep);
  if (threads === 0) return;
  const because = `${threads} threads of this process could not give up theirs; ${cureOf(uid)}`;
  log.emit({ event: 'rights_kept', because });
}

function explained(error: unknown, { user }: Settings): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EPERM') return error;
  const cure = 'start it with CAP_SETUID and CAP_SETGID too, or as another user than root, or write user: root';
  return new CommandFailed([`user: may not become ${user} (EPERM); ${cure}`], 2, { cause: error });
}

/** A thread loses all capabilities as it ceases to be root, and no thread can take them from another. */
function cureOf(uid: number): string {
  if (uid === 0) return 'name another user in the config (user:), and all of them will';
  return 'start it as root (with user: in the config), which all of them can leave';
}

/**
 * What of the config makes the listener write or run as who it was started as, by its key.
 * @param mayMakeFiles whether the user that it would become may, in a folder
 */
export function needsOfListener(
  { runCommands, pidFile, logFile, doors }: Settings,
  mayMakeFiles: (folder: string) => boolean,
): string[] {
  const isOurs = (file: string | undefined): boolean => file !== undefined && !mayMakeFiles(dirname(file));
  return [
    ...(runCommands ? ['run_commands'] : []),
    ...(isOurs(pidFile) ? ['pidfile'] : []),
    ...(isOurs(logFile) ? ['logfile'] : []),
    ...(doors.some(({ oneTimeSequences }) => oneTimeSequences !== undefined) ? ['one_time_sequences'] : []),
  ];
}

/** @throws CommandFailed if the workers, which start as this user, could not */
function expectRunnable(ids: UserIds, { user }: Settings): void {
  const closed = [process.execPath, WORKER_FILE].find((file) => !mayRead(ids, file));
  if (closed === undefined) return;
  const cure = 'install it where that user may read it, name another user, or write workers: 1';
  throw new CommandFailed([`workers: ${user} may not read ${closed}, which they run; ${cure}`], 2);
}

export function nextUser({ user }: Settings): UserIds {
  const now = { uid: process.geteuid!(), gid: process.getegid!() };
  if (now.uid !== 0) return now;
  const ids = userIds(user);
  if (ids !== undefined) return ids;
  throw new CommandFailed(['user: this host has no user of that name; write one of /etc/passwd, or UID:GID'], 2);
}

function shownUser({ user }: Settings, uid: number): string {
  return /^\d/u.test(user) ? `uid ${uid}` : user;
}

function prepareFor(ids: UserIds, { settings, reader, log }: Omit<RightsHolder, 'roles'>): void {
  const { files, logFile, healthFile, store } = settings;
  const secret = process.env['REDIS_URL_FILE'];
  const ofStore = store.kind === 'memory' ? [] : (store.files ?? []);
  const read = [...files, ...ofStore, ...(secret === undefined || secret === '' ? [] : [secret])];
  if (!read.every((file) => mayRead(ids, resolve(file)))) reader.stayAsUser();
  // it goes on writing to them, under their names
  if (logFile !== undefined) handOver(logFile, ids);
  if (healthFile !== undefined && handOver(healthFile, ids)) utimesSync(healthFile, 0, 0); // not healthy yet
  if (logFile === undefined || mayMakeFilesIn(ids, dirname(logFile))) return;
  const warning = `logfile: ${settings.user} may not make a new one in its folder: let logrotate copytruncate, or name another folder`;
  log.emit({ event: 'config_warning', warning });
}

function mayRead(ids: UserIds, file: string): boolean {
  return as(ids, () => closeSync(openSync(file, 'r')));
}

function mayMakeFilesIn(ids: UserIds, folder: string): boolean {
  return as(ids, () => rmdirSync(mkdtempSync(join(folder, '.knockgate-'))));
}

/** Whether something works for another user, if this process may be another. */
function as({ uid, gid }: UserIds, act: () => void): boolean {
  if (process.geteuid!() !== 0) return works(act);
  process.setegid!(gid);
  process.seteuid!(uid);
  try {
    return works(act);
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
  }
}

function works(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

/** False if that cannot be: whoever writes there will say so. */
function handOver(file: string, { uid, gid }: UserIds): boolean {
  return works(() => {
    closeSync(openSync(file, 'a'));
    chownSync(file, uid, gid);
  });
}
