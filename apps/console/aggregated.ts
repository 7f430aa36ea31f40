import { createRequire } from 'node:module';
import type { MetricObject } from '#grants';

/** What several processes measure, made one, in Prometheus's text format 0.0.4. */
export async function aggregated(
  all: readonly (readonly MetricObject[])[],
): Promise<{ readonly type: string; readonly text: string }> {
  const { AggregatorRegistry } = createRequire(import.meta.url)('prom-client') as typeof import('prom-client');
  const registry = AggregatorRegistry.aggregate(all as MetricObject[][]);
  return { type: registry.contentType, text: await registry.metrics() };
}
