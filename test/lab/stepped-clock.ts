import { constants } from 'node:fs';
import { chmod, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { mustRun } from './run.js';
import { TempDir } from './temp-dir.js';

const SOURCE = fileURLToPath(new URL('stepped-clock.c', import.meta.url));

/** A time of day that can be stepped, for those programs alone that are started with its `env`. Needs a C compiler, as raw-socket does. */
export class SteppedClock implements AsyncDisposable {
  private constructor(
    private readonly folder: TempDir,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  /** Right at first. */
  static async create(): Promise<SteppedClock> {
    const folder = await TempDir.create('clock');
    const [library, file] = [folder.file('clock.so'), folder.file('step')];
    await mustRun('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE]);
    const clock = new SteppedClock(folder, { LD_PRELOAD: library, STEP_FILE: file });
    await clock.step(0);
    await chmod(folder.path, 0o755); // also for who has given up his rights
    return clock;
  }

  /** From now on it is so much ahead of the right time, for who runs already too. */
  async step(seconds: number): Promise<void> {
    const bytes = Buffer.from(BigInt64Array.of(BigInt(seconds)).buffer);
    await using file = await open(this.folder.file('step'), constants.O_RDWR | constants.O_CREAT, 0o644);
    await file.write(bytes, 0, bytes.length, 0); // in place, never shorter: it is mapped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder.remove();
  }
}
