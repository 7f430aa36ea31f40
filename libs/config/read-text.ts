import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ok, type Parsed, wrong } from './parsed.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
};

/** A whole text file, without a byte order mark. Never throws: what cannot be read is a flaw that says why. */
export function readText(file: string, cwd: string): Parsed<string> {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(resolve(cwd, file))));
  } catch (error) {
    return wrong({ what: `cannot be read: ${reasonOf(error)}`, instead: 'name a text file that this user can read' });
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    REASONS[code] ?? (code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8 text' : code || 'unknown error')
  );
}
