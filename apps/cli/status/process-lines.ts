import type { ProcessReport } from '#grants';
import { oneLine } from '#telemetry';
import type { Paint } from '../terminal/paint.js';
import { table } from '../terminal/table.js';
import { ago } from './ago.js';

/** The processes for people, a line each, and a line for each problem. @param nowMs the store's clock */
export function* processLines(reports: readonly ProcessReport[], nowMs: number, paint: Paint): Generator<string> {
  yield paint('bold', 'processes');
  if (reports.length === 0)
    yield `  ${paint('yellow', 'none: neither knockgate up, listen nor serve runs with this store')}`;
  const rows = table(reports.map((report) => cells(report, nowMs)));
  for (const [i, { healthy, problems }] of reports.entries()) {
    const colour = healthy ? 'green' : 'red';
    yield `  ${rows[i]!.replace(/(?:not )?well$/u, (state) => paint(colour, state))}`;
    for (const problem of problems) yield `    ${paint(healthy ? 'yellow' : 'red', oneLine(problem))}`;
  }
}

function cells({ host, pid, roles, version, startedAt, healthy }: ProcessReport, nowMs: number): string[] {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(startedAt)) / 1000));
  const since = Number.isNaN(seconds) ? 'started at an unknown time' : `started ${ago(seconds)}`;
  return [oneLine(`${host}:${pid}`), oneLine(roles), oneLine(version), since, healthy ? 'well' : 'not well'];
}
