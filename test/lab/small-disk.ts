import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, run } from './run.js';
import { TempDir } from './temp-dir.js';

const CHUNK = Buffer.alloc(4096);

/** A file system of its own (tmpfs) that can be filled up. Needs root. */
export class SmallDisk implements AsyncDisposable {
  private constructor(private readonly folder: TempDir) {}

  static async create(bytes: number): Promise<SmallDisk> {
    const folder = await TempDir.create('disk');
    await mustRun('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0755`, 'tmpfs', folder.path]);
    return new SmallDisk(folder);
  }

  get path(): string {
    return this.folder.path;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** Until not a byte more can be written to it. */
  async fill(): Promise<void> {
    const file = await open(this.file('filler'), 'a');
    try {
      for (;;) await file.write(CHUNK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  /** There is room again. */
  async free(): Promise<void> {
    await rm(this.file('filler'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('umount', ['-l', this.path]); // lazy: a process may still have a file of it open
    await this.folder.remove();
  }
}
