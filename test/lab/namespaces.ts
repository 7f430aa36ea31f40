import { mustRun, run } from './run.js';

const LAB_NAMESPACE = /^kg-(\d+)-\d+-/;
const END_ATTEMPTS = 200;

/** The network namespaces of this machine, by name. */
export async function listNamespaces(): Promise<string[]> {
  const list = await mustRun('ip', ['netns', 'list']);
  return list.split('\n').flatMap((line) => line.split(' ', 1).filter((name) => name !== ''));
}

/** Ends the namespaces of test runs that died before they could. */
export async function removeStaleNamespaces(): Promise<void> {
  const stale = (await listNamespaces()).filter((name) => {
    const owner = LAB_NAMESPACE.exec(name)?.[1];
    return owner !== undefined && !isAlive(Number(owner));
  });
  await Promise.all(stale.map(endNamespace));
}

/** Kills every process in a namespace, then removes it; one that is gone already is no fault. */
export async function endNamespace(name: string): Promise<void> {
  // A namespace lives on, unnamed and with its links, for as long as a process is in it.
  for (let attempt = 0; attempt < END_ATTEMPTS; attempt++) {
    const pids = await pidsIn(name);
    if (pids.length === 0) break;
    for (const pid of pids) kill(pid);
  }
  const { code, stderr } = await run('ip', ['netns', 'del', name]);
  if (code !== 0 && (await listNamespaces()).includes(name)) throw new Error(`${name} could not be removed: ${stderr}`);
}

/** The processes in a namespace; none if there is no such namespace. */
export async function pidsIn(name: string): Promise<number[]> {
  const { code, stdout } = await run('ip', ['netns', 'pids', name]);
  return code === 0 ? stdout.split('\n').filter(Boolean).map(Number) : [];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended in the meantime.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
