import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { CommandFailed } from './command-failed.js';
import { isKnockgate } from './is-knockgate.js';

/** The file that tells other programs which process to signal. */
export class PidFile {
  private constructor(private readonly path: string) {}

  /**
   * Writes it, over one that a crash has left behind.
   * @throws CommandFailed if another knockgate that runs has it, or it cannot be written
   */
  static claim(path: string): PidFile {
    const owner = pidIn(path);
    if (owner !== undefined && owner !== process.pid && isKnockgate(owner)) {
      throw new CommandFailed([`pidfile ${path}: process ${owner} has it and runs; stop it, or name another file`], 2);
    }
    try {
      writeFileSync(path, `${process.pid}\n`);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      const instead = 'name a file in a folder that this user may write to';
      throw new CommandFailed([`pidfile ${path}: cannot be written: ${reason}; ${instead}`], 2, { cause: error });
    }
    return new PidFile(path);
  }

  /** If it is still ours. */
  remove(): void {
    if (pidIn(this.path) === process.pid) rmSync(this.path, { force: true });
  }
}

function pidIn(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined; // none there; or not ours to read, and then writing it says why
  }
}
