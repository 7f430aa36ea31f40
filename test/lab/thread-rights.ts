import { readdir, readFile } from 'node:fs/promises';

/** What a thread may do, as proc(5) has it: the numbers in decimal, one word each. */
export interface ThreadRights {
  /** Real, effective, saved and file system uid; one if they are the same. */
  readonly uid: string;
  readonly gid: string;
  readonly groups: string;
  /** In any of its sets but the bounding one, by number (capabilities(7)). */
  readonly capabilities: readonly number[];
  readonly noNewPrivs: string;
}

/** The rights of a process's main thread, and of each of the others. @throws (rejects) if there is no such process */
export async function threadRights(
  pid: number,
): Promise<{ readonly main: ThreadRights; readonly others: readonly ThreadRights[] }> {
  const threads = (await readdir(`/proc/${pid}/task`)).filter((thread) => thread !== String(pid));
  const others = await Promise.all(threads.map((thread) => rightsOf(`/proc/${pid}/task/${thread}`)));
  return { main: await rightsOf(`/proc/${pid}`), others };
}

async function rightsOf(folder: string): Promise<ThreadRights> {
  const lines = (await readFile(`${folder}/status`, 'utf8')).split('\n');
  const of = new Map(lines.map((line) => [line.split(':', 1)[0]!, line.slice(line.indexOf(':') + 1).trim()]));
  const distinct = (name: string): string => [...new Set(of.get(name)!.split(/\s+/u))].join(' ');
  return {
    uid: distinct('Uid'),
    gid: distinct('Gid'),
    groups: of.get('Groups')!,
    capabilities: capabilitiesOf(['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].map((set) => of.get(set)!)),
    noNewPrivs: of.get('NoNewPrivs')!,
  };
}

function capabilitiesOf(masks: readonly string[]): number[] {
  const union = masks.reduce((sum, mask) => sum | BigInt(`0x${mask}`), 0n);
  return Array.from({ length: 64 }, (_, number) => number).filter((number) => (union >> BigInt(number)) & 1n);
}
