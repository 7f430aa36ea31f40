import { lstatSync, readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { oneLine } from '#telemetry';

const ANSWER_WITHIN_MS = 3000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export interface Asked<T> {
  readonly answers: readonly T[];
  /** Sockets or folders that could not be asked, each with its reason. */
  readonly refused: readonly string[];
}

/** Asks every listener that has a socket below this folder. One that is gone, and has left its socket behind, is none. */
export async function askListeners<T>(folder: string, path: string): Promise<Asked<T>> {
  const answers: T[] = [];
  const refused: string[] = [];
  for (const own of usersIn(folder)) {
    try {
      await asItsOwner(own, async () => {
        for (const socket of socketsIn(own)) {
          const text = await ask(socket, path);
          if (text !== undefined) answers.push(parse(text) as T);
        }
      });
    } catch (error) {
      refused.push(`${own}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
    }
  }
  return { answers, refused };
}

/** The folders that listeners of each user have. */
function usersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/u.test(name))
      .map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function socketsIn(own: string): string[] {
  return readdirSync(own)
    .filter((name) => name.endsWith('.sock'))
    .map((name) => join(own, name));
}

/** Root in a container is often not allowed to pass over file modes, but may be anybody. */
async function asItsOwner(own: string, act: () => Promise<void>): Promise<void> {
  const { uid, gid } = lstatSync(own);
  if (process.geteuid!() !== 0 || uid === 0) return act();
  const group = process.getegid!();
  process.setegid!(gid);
  try {
    process.seteuid!(uid);
    return await act();
  } finally {
    process.seteuid!(0);
    process.setegid!(group);
  }
}

/** Undefined: nobody listens there. */
function ask(socketPath: string, path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path, timeout: ANSWER_WITHIN_MS, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > MAX_ANSWER_BYTES) asking.destroy(new Error('answers without end'));
      });
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
      response.on('error', reject);
    });
    asking.on('timeout', () => asking.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS / 1000} s`)));
    asking.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(undefined);
      else reject(error);
    });
    asking.end();
  });
}

/** SECURITY: another user's process answers root; what it says is to be shown on a terminal. */
function parse(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => (typeof value === 'string' ? oneLine(value) : value));
}
