import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ConsoleUnavailable } from './console-unavailable.js';

const TOKEN_BYTES = 32;
/** Of a token that somebody has written by hand: fewer characters could be tried out. */
const MIN_LENGTH = 32;
const MAX_LENGTH = 512;
const OTHERS = 0o077;

export interface TokenFile {
  readonly token: string;
  /** It was not there before. */
  readonly made: boolean;
}

/** The token in this file, which is made if there is none. @throws ConsoleUnavailable, with what to do */
export function tokenFile(path: string): TokenFile {
  const made = make(path);
  return { token: read(path), made };
}

/** Whole or not at all, also after a crash; false if there is one already, of whatever process. */
function make(path: string): boolean {
  const folder = dirname(path);
  const beside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    // not `recursive`: of a folder in /proc Node would try that for ever
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return false;
    writeNew(beside, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`);
    try {
      linkSync(beside, path);
    } finally {
      unlinkSync(beside);
    }
    sync(folder);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return false;
    const cure = 'name another with console: { token_file: FILE }';
    throw new ConsoleUnavailable(`token file ${path}: cannot be made: ${code}; ${cure}`, { cause: error });
  }
}

function writeNew(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function sync(folder: string): void {
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function read(path: string): string {
  const refuse = (what: string, instead: string, cause?: unknown): never => {
    throw new ConsoleUnavailable(`token file ${path}: ${what}; ${instead}`, { cause });
  };
  let file: number;
  try {
    // a FIFO would be waited for
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return refuse(`cannot be read: ${codeOf(error)}`, 'start as the user who owns it', error);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) return refuse('is no file', 'remove it, and it is made anew');
    if ((stat.mode & OTHERS) !== 0) return refuse('others may read or write it', `chmod 600 ${path}`);
    if (stat.uid !== 0 && stat.uid !== process.geteuid?.()) return refuse("is another user's", `chown root ${path}`);
    const bytes = Buffer.alloc(MAX_LENGTH + 2);
    const token = bytes.toString('utf8', 0, readSync(file, bytes)).trim();
    if (!/^[\x21-\x7E]*$/u.test(token)) return refuse('is no token', 'remove it, and it is made anew');
    if (token.length < MIN_LENGTH) {
      return refuse(`is shorter than ${MIN_LENGTH} characters`, 'remove it, and it is made anew');
    }
    if (token.length > MAX_LENGTH) {
      return refuse(`is longer than ${MAX_LENGTH} characters`, 'remove it, and it is made anew');
    }
    return token;
  } finally {
    closeSync(file);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
