import { median } from '../bench/report.js';

/** x, y */
export type Point = readonly [x: number, y: number];

/**
 * The slope of the line through points that single ones do not bend: the median of the slopes between all pairs (Theil 1950, Sen
 * 1968). 0 for fewer than two points with different x.
 */
export function theilSen(points: readonly Point[]): number {
  const slopes = points.flatMap(([x1, y1], i) =>
    points.slice(i + 1).flatMap(([x2, y2]) => (x1 === x2 ? [] : [(y2 - y1) / (x2 - x1)])),
  );
  return slopes.length === 0 ? 0 : median(slopes);
}
