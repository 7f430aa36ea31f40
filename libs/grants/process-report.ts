/** A metric as prom-client's `Registry.getMetricsAsJSON` gives it, and its `AggregatorRegistry.aggregate` takes it. */
export interface MetricObject {
  readonly name: string;
  readonly help: string;
  /** `counter`, `gauge` or `histogram`. */
  readonly type: string;
  /** How the same metric of several processes is made one: `sum`, `max`, `min` … */
  readonly aggregator: string;
  readonly values: readonly MetricSample[];
}

export interface MetricSample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Of a histogram: its name with `_bucket`, `_sum` or `_count`. */
  readonly metricName?: string;
}

/** Which process of all that share a store. In containers on one host's network several have its name, and the pid 1. */
export interface ProcessKey {
  readonly host: string;
  readonly pid: number;
  /** With commas: `listener`, `listener,gateway`, `hide`. */
  readonly roles: string;
}

/** What a process says of itself each second. */
export interface ProcessReport extends ProcessKey {
  readonly version: string;
  /** ISO 8601, the clock of its host. */
  readonly startedAt: string;
  readonly healthy: boolean;
  /** A line each, for people; no secret. A config that was refused is one, although the process goes on and is well. */
  readonly problems: readonly string[];
  readonly metrics: readonly MetricObject[];
}

/** For so long a report stands: who has said nothing since then is taken to be gone. */
export const REPORT_TTL_MS = 10_000;
