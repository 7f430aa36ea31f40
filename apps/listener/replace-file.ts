import { chmodSync, chownSync, closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface FileOwner {
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Puts `text` in the place of a file. At any moment, also after a crash or a power cut, there is either the old file or
 * the new one, whole: written beside, fsync, rename(2), fsync of the folder. @throws as node:fs does; the old one stays
 */
export function replaceFile(path: string, text: string, { mode, uid, gid }: FileOwner): void {
  const folder = dirname(path);
  // one name for all: what a crash left behind is written over by the next
  const beside = join(folder, `.${basename(path)}.knockgate`);
  try {
    const file = openSync(beside, 'w', 0o600);
    try {
      writeFileSync(file, text);
      if (uid !== undefined && gid !== undefined) chownSync(beside, uid, gid);
      chmodSync(beside, mode);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    try {
      unlinkSync(beside);
    } catch {
      // was never made, or cannot be taken away either
    }
    throw error;
  }
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
