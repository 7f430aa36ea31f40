import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const COUNTER = fileURLToPath(new URL('count-allocations.cjs', import.meta.url));
const LOOK_MS = 20;

/** The environment of a process whose allocations are to be counted (count-allocations.cjs). */
export function counted(directory: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--require ${COUNTER}`, ALLOCATIONS: join(directory, 'allocations') };
}

/** Bytes that a process which was started with `counted` allocates on V8's heap during `work`. */
export async function allocations(directory: string, pid: number, work: () => Promise<void>): Promise<number> {
  await told(directory, pid);
  await work();
  return Number(await told(directory, pid));
}

/** Sends the signal, and waits for the line that answers it. */
async function told(directory: string, pid: number): Promise<string> {
  const read = async () => (await readFile(join(directory, `allocations.${pid}`), 'utf8')).split('\n').slice(0, -1);
  const { length } = await read();
  process.kill(pid, 'SIGUSR2');
  for (;;) {
    const [answer] = (await read()).slice(length);
    if (answer !== undefined) return answer;
    await delay(LOOK_MS);
  }
}
