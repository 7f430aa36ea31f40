import type { ProcessReport } from './process-report.js';

/** In the order that people read them in: by host, roles and pid. */
export function sortedReports(reports: readonly ProcessReport[]): ProcessReport[] {
  return reports.toSorted((x, y) => compare(x.host, y.host) || compare(x.roles, y.roles) || x.pid - y.pid);
}

function compare(x: string, y: string): number {
  if (x === y) return 0;
  return x < y ? -1 : 1;
}
