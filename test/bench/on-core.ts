import { cpus } from 'node:os';

/** What is measured has a core to itself; the load and the upstream share the other. */
export const CORE = { measured: 0, rest: 1 } as const;

/** What goes ahead of a command that is to run on that core only (taskset(1)). @throws where there are no two cores */
export function onCore(core: keyof typeof CORE): [string, ...string[]] {
  if (cpus().length < 2) throw new Error('this benchmark needs two cores');
  return ['taskset', '-c', String(CORE[core])];
}
