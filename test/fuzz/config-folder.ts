import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the files of one input after the other, gone with the process. */
export class ConfigFolder {
  private made: string | undefined;

  get path(): string {
    if (this.made === undefined) {
      const made = mkdtempSync(join(tmpdir(), 'knockgate-fuzz-'));
      process.once('exit', () => rmSync(made, { recursive: true, force: true }));
      this.made = made;
    }
    return this.made;
  }

  write(name: string, content: Buffer | string): void {
    writeFileSync(join(this.path, name), content);
  }
}
