import { type Labels, measureLoad, type Metrics } from '#telemetry';
import type { DoorFigures } from './door-traffic.js';
import type { Serving } from './serving.js';

type Sample = readonly [labels: Labels, value: number];

/** Has read what a gateway and its workers count. */
export function measureGateway(metrics: Metrics, serving: Serving): void {
  let known: readonly DoorFigures[] | undefined;
  /** Once for all metrics, which are read in one go. */
  const figuresNow = (): readonly DoorFigures[] => {
    if (known === undefined) queueMicrotask(() => (known = undefined));
    return (known ??= serving.figures());
  };
  const perDoor = (samples: (figures: DoorFigures, door: { readonly door: string }) => readonly Sample[]) => () =>
    figuresNow().flatMap((figures) => samples(figures, { door: figures.door }));
  metrics.read(
    'knockgate_gate_decisions_total',
    perDoor(({ allowed, denied }, door) => [
      [{ ...door, decision: 'allow' }, allowed],
      [{ ...door, decision: 'deny' }, denied],
    ]),
  );
  metrics.read(
    'knockgate_connections_open',
    perDoor(({ open }, door) => [[door, open]]),
  );
  metrics.read(
    'knockgate_connections_total',
    perDoor(({ connections }, door) => [[door, connections]]),
  );
  metrics.read(
    'knockgate_bytes_total',
    perDoor(({ bytesIn, bytesOut }, door) => [
      [{ ...door, direction: 'in' }, bytesIn],
      [{ ...door, direction: 'out' }, bytesOut],
    ]),
  );
  measureLoad(metrics, () => serving.load());
}
