import { median } from '../bench/report.js';
import { type Point, theilSen } from './theil-sen.js';

/** What grows by less than this share of its median, from the end of the warm-up to the end, is flat… */
export const FLAT_SHARE = 0.1;
/** … or by less than this: a small thing is not judged by its last bytes. */
export const FLAT_BYTES = 1_000_000;
/** What is gathered into one minimum: of these parts of the time after the warm-up. */
export const WINDOWS = 10;

/** A quantity over time: ms from the start of the traffic, and bytes. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Verdict {
  readonly name: string;
  /** Of the first and of the last window: the least that was seen there. */
  readonly first: number;
  readonly last: number;
  /** By how much the robust line rises from the end of the warm-up to the end; less than 0: it falls. */
  readonly growth: number;
  /** The most that it may rise. */
  readonly allowed: number;
  readonly flat: boolean;
}

/**
 * Whether a quantity stays as it is once all that is built up at first has been. Of each window the least counts, which is what
 * garbage that is not collected yet and passing load do not move; through these goes a robust line.
 */
export function judgeSeries(
  { name, points }: Series,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Verdict {
  const minima = minimaOf(
    points.filter(([ms]) => ms >= fromMs && ms <= toMs),
    { fromMs, windowMs: (toMs - fromMs) / WINDOWS },
  );
  const values = minima.map(([, value]) => value);
  if (values.length < WINDOWS / 2) throw new Error(`${name}: ${values.length} of ${WINDOWS} windows have values`);
  const growth = theilSen(minima) * (toMs - fromMs);
  const allowed = Math.max(FLAT_BYTES, FLAT_SHARE * median(values));
  return { name, first: values[0]!, last: values.at(-1)!, growth, allowed, flat: growth <= allowed };
}

function minimaOf(points: readonly Point[], { fromMs, windowMs }: { fromMs: number; windowMs: number }): Point[] {
  const windows = new Map<number, Point>();
  for (const point of points) {
    const window = Math.min(WINDOWS - 1, Math.floor((point[0] - fromMs) / windowMs));
    const least = windows.get(window);
    if (least === undefined || point[1] < least[1]) windows.set(window, point);
  }
  return [...windows.values()].toSorted(([x], [y]) => x - y);
}
