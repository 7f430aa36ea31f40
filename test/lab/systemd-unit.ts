import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { mustRun } from './run.js';

const WITH_SYSCALLS = fileURLToPath(new URL('with-syscalls.py', import.meta.url));
/** As ProtectSystem=strict, ProtectProc=invisible and ProcSubset=pid would have it. */
const MOUNTS =
  'mount -o remount,bind,ro / && mount -t tmpfs tmpfs /var && mount -t proc -o subset=pid,hidepid=invisible proc /proc';

/** A service unit of deploy/systemd, and its rights where no systemd runs. */
export class SystemdUnit {
  private constructor(private readonly lines: readonly (readonly [key: string, value: string])[]) {}

  static async read(path: string): Promise<SystemdUnit> {
    const settings = (await readFile(path, 'utf8')).split('\n').filter((line) => /^\w+=/u.test(line));
    return new SystemdUnit(settings.map((line) => [line.split('=', 1)[0]!, line.slice(line.indexOf('=') + 1)]));
  }

  /** What is said under a key, in order. */
  values(key: string): string[] {
    return this.lines.filter(([name]) => name === key).map(([, value]) => value);
  }

  /**
   * The words that start a command, which is to follow, in a view of the file system, with the bounding set and with the
   * system calls that the unit allows. Of root's own capabilities all others are gone, as with systemd's "!".
   */
  async start(): Promise<[string, ...string[]]> {
    const words = this.values('CapabilityBoundingSet').flatMap((line) => line.split(' '));
    const capabilities = words.map((word) => `+${word.replace(/^CAP_/u, '').toLowerCase()}`).join(',');
    const rights = `setpriv --bounding-set=-all,${capabilities} --inh-caps=-all --no-new-privs`;
    const filter = `python3 ${WITH_SYSCALLS} ${(await this.systemCalls()).join(',')}`;
    return ['unshare', '-m', 'sh', '-c', `${MOUNTS} && exec ${rights} ${filter} "$@"`, 'sh'];
  }

  /** SystemCallFilter= line after line, and what systemd always allows (systemd.exec(5)). */
  private async systemCalls(): Promise<string[]> {
    const sets = await syscallSets();
    const allowed = new Set(expand('@default', sets));
    for (const line of this.values('SystemCallFilter')) {
      const isDenied = line.startsWith('~');
      for (const name of line
        .replace(/^~/u, '')
        .split(' ')
        .flatMap((word) => expand(word, sets))) {
        if (isDenied) allowed.delete(name);
        else allowed.add(name);
      }
    }
    return [...allowed];
  }
}

async function syscallSets(): Promise<ReadonlyMap<string, readonly string[]>> {
  const sets = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of (await mustRun('systemd-analyze', ['syscall-filter', '--no-pager'])).split('\n')) {
    if (/^\S/u.test(line)) sets.set(line.trim(), (current = []));
    else if (/^\s+[@\w]/u.test(line)) current.push(line.trim());
  }
  return sets;
}

function expand(word: string, sets: ReadonlyMap<string, readonly string[]>): string[] {
  if (!word.startsWith('@')) return [word];
  const names = sets.get(word);
  if (names === undefined) throw new Error(`this systemd has no set ${word}`);
  return names.flatMap((name) => expand(name, sets));
}
