import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of its own, readable by root alone. */
export class TempDir implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async create(kind: string): Promise<TempDir> {
    return new TempDir(await mkdtemp(join(tmpdir(), `knockgate-${kind}-`)));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }
}
