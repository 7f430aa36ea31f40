import type { Process, Readiness, Store } from './api-schemas.js';

export interface Known {
  readonly store: Store;
  readonly processes: readonly Process[];
}

/** Whether somebody who knocks now is let in, as far as the processes report. */
export function readiness({ store, processes }: Known): Readiness {
  const problems = store.reachable
    ? processProblems(processes)
    : [`store unreachable: ${store.reason ?? 'not asked yet'}`];
  return { ready: problems.length === 0, problems };
}

function processProblems(processes: readonly Process[]): string[] {
  const does = (role: string): boolean => processes.some(({ roles }) => roles.split(',').includes(role));
  return [
    ...(does('listener') ? [] : ['no listener reports: nobody hears knocks; start knockgate listen']),
    ...(does('gateway') || does('hide') ? [] : ['no gateway reports: nobody opens the doors; start knockgate serve']),
    ...processes.flatMap(problemsOf),
  ];
}

/** Also of one that is well: it may have refused a config. */
function problemsOf({ host, pid, roles, healthy, problems }: Process): string[] {
  const who = `${roles} (${host}:${pid})`;
  if (problems.length > 0) return problems.map((problem) => `${who}: ${problem}`);
  return healthy ? [] : [`${who}: is not well; look at its log`];
}
