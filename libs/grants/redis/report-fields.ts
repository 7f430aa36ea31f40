import type { MetricObject, ProcessReport } from '../process-report.js';
import { auditEntry } from './redis-trail-reader.js';

/** A report as the names and values of a hash that people can read. */
export function reportFields(report: ProcessReport): string[] {
  const { host, pid, roles, version, startedAt, healthy, problems, metrics } = report;
  return Object.entries({
    host,
    pid: String(pid),
    roles,
    version,
    started_at: startedAt,
    healthy: healthy ? 'yes' : 'no',
    problems: problems.join('\n'),
    metrics: JSON.stringify(metrics),
  }).flat();
}

/** From such a hash. What somebody left out, or wrote by hand, is empty at worst. */
export function parseReport(fields: readonly string[]): ProcessReport {
  const { host = '', pid, roles = '', version = '', started_at, healthy, problems = '', metrics } = auditEntry(fields);
  return {
    host,
    pid: Number(pid),
    roles,
    version,
    startedAt: started_at ?? '',
    healthy: healthy === 'yes',
    problems: problems.split('\n').filter((problem) => problem !== ''),
    metrics: parseMetrics(metrics),
  };
}

function parseMetrics(text = '[]'): MetricObject[] {
  try {
    const metrics: unknown = JSON.parse(text);
    return Array.isArray(metrics) ? metrics.filter(isMetric) : [];
  } catch {
    return [];
  }
}

function isMetric(value: unknown): value is MetricObject {
  const { name, values } = (value ?? {}) as Partial<MetricObject>;
  return typeof name === 'string' && Array.isArray(values);
}
