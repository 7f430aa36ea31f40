import { createRequire } from 'node:module';
import type { Histogram, Registry } from 'prom-client';
import { type Metric, type MetricName, METRICS } from './metric.js';

/** The labels of a number, by name. */
export type Labels = Readonly<Record<string, string>>;
/** A number, or one for each set of labels. */
export type Reading = number | Iterable<readonly [labels: Labels, value: number]>;

/** A metric with its numbers. */
export interface MetricJson {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: string;
  readonly values: readonly { readonly value: number; readonly labels: Labels; readonly metricName?: string }[];
}

type HistogramName = 'knockgate_time_to_open_seconds';
export type CountName = Exclude<MetricName, HistogramName>;
type Fold = (x: number, y: number) => number;

const FOLDS: Record<Metric['aggregator'], Fold> = { sum: (x, y) => x + y, max: Math.max, min: Math.min };

/**
 * The metrics of this process. Whoever counts does so in plain numbers, which cost nothing, and has them read here when
 * somebody asks. What nobody reads here is not told.
 */
export class Metrics {
  // here, for neither a worker nor a command has any
  private readonly prom = createRequire(import.meta.url)('prom-client') as typeof import('prom-client');
  private readonly registry: Registry = new this.prom.Registry();
  private readonly readers = new Map<CountName, (() => Reading)[]>();
  private readonly histograms = new Map<HistogramName, Histogram>();

  /** What several readers say of the same is made one as between processes. */
  read(name: CountName, reader: () => Reading): void {
    const known = this.readers.get(name);
    if (known !== undefined) known.push(reader);
    else this.register(name, [reader]);
  }

  /** For what happens rarely. */
  histogram(name: HistogramName): Histogram {
    let histogram = this.histograms.get(name);
    if (histogram === undefined) {
      const { help, aggregator, buckets } = METRICS[name];
      histogram = new this.prom.Histogram({
        name,
        help,
        aggregator,
        buckets: [...buckets],
        registers: [this.registry],
      });
      this.histograms.set(name, histogram);
    }
    return histogram;
  }

  /** As prom-client's `getMetricsAsJSON` gives them, all of them read now. */
  async asJson(): Promise<MetricJson[]> {
    return (await this.registry.getMetricsAsJSON()) as unknown as MetricJson[]; // its types take `type` for a number
  }

  private register(name: CountName, readers: (() => Reading)[]): void {
    this.readers.set(name, readers);
    const { type, help, aggregator, ...more }: Metric = METRICS[name];
    const Kind = type === 'counter' ? this.prom.Counter : this.prom.Gauge;
    const metric = new Kind({
      name,
      help,
      aggregator,
      labelNames: [...(more.labels ?? [])],
      registers: [this.registry],
      collect: () => {
        metric.reset();
        for (const [labels, value] of folded(readers, FOLDS[aggregator])) metric.inc(labels, value);
      },
    });
  }
}

function folded(readers: readonly (() => Reading)[], fold: Fold): Iterable<readonly [Labels, number]> {
  const all = new Map<string, readonly [Labels, number]>();
  for (const reader of readers) {
    const reading = reader();
    for (const [labels, value] of typeof reading === 'number' ? ([[{}, reading]] as const) : reading) {
      const key = JSON.stringify(labels);
      const known = all.get(key);
      all.set(key, [labels, known === undefined ? value : fold(known[1], value)]);
    }
  }
  return all.values();
}
