import { escapeXml, shown, svg } from '../bench/svg.js';
import type { Point } from './theil-sen.js';

export interface Line {
  readonly name: string;
  /** x in minutes, in their order. */
  readonly points: readonly Point[];
  /** Drawn as single dots, in the colour of the line of this index. */
  readonly dotsOf?: number;
}

export interface LineChart {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Minutes in all, and those at the beginning that are not judged. */
  readonly minutes: number;
  readonly warmUp: number;
}

const PLOT = { left: 60, top: 26, width: 460, height: 150 } as const;
const NAMES = { left: 532, width: 168 } as const;
const BELOW = 22;
const COLORS = ['#0969da', '#cf222e', '#1a7f37', '#9a6700', '#8250df'];
/** Of many points in one place the highest is drawn. */
const STEPS = 230;
const TICKS = 4;

/** Lines over time from 0 up, the warm-up shaded, each line's name beside it. */
export function lineChart({ title, lines, minutes, warmUp }: LineChart): string {
  const top = niceTop(Math.max(...lines.flatMap(({ points }) => points.map(([, y]) => y)), Number.MIN_VALUE));
  const x = (minute: number): string => (PLOT.left + (minute / minutes) * PLOT.width).toFixed(1);
  const y = (value: number): string => (PLOT.top + PLOT.height * (1 - value / top)).toFixed(1);
  const grid = Array.from({ length: TICKS + 1 }, (_, i) => {
    const value = (top * i) / TICKS;
    return `<line x1="${PLOT.left}" x2="${PLOT.left + PLOT.width}" y1="${y(value)}" y2="${y(value)}" stroke="#8c959f" stroke-opacity="0.4"/>
<text x="${PLOT.left - 6}" y="${Number(y(value)) + 4}" text-anchor="end">${shown(value)}</text>`;
  });
  const ticks = minuteTicks(minutes).map(
    (minute) => `<text x="${x(minute)}" y="${PLOT.top + PLOT.height + 16}" text-anchor="middle">${minute} min</text>`,
  );
  const drawn = lines.map(({ name, points, dotsOf }, i) => {
    const color = COLORS[(dotsOf ?? i) % COLORS.length]!;
    const at = dotsOf === undefined ? highest(points, minutes) : points;
    const shape =
      dotsOf !== undefined
        ? at.map(([px, py]) => `<circle cx="${x(px)}" cy="${y(py)}" r="3" fill="${color}"/>`).join('\n')
        : `<polyline points="${at.map(([px, py]) => `${x(px)},${y(py)}`).join(' ')}" fill="none" stroke="${color}" stroke-width="1.5"/>`;
    const below = PLOT.top + 10 + i * 18;
    const mark =
      dotsOf === undefined
        ? `<rect x="${NAMES.left}" y="${below - 9}" width="10" height="10" fill="${color}"/>`
        : `<circle cx="${NAMES.left + 5}" cy="${below - 4}" r="3" fill="${color}"/>`;
    return `${shape}
${mark}
<text x="${NAMES.left + 16}" y="${below}">${escapeXml(name)}</text>`;
  });
  const warm = `<rect x="${PLOT.left}" y="${PLOT.top}" width="${(Number(x(warmUp)) - PLOT.left).toFixed(1)}" height="${PLOT.height}" fill="#8c959f" fill-opacity="0.15"/>`;
  return svg({
    width: NAMES.left + NAMES.width,
    height: PLOT.top + PLOT.height + BELOW,
    title,
    body: [warm, ...grid, ...ticks, ...drawn].join('\n'),
  });
}

function highest(points: readonly Point[], minutes: number): Point[] {
  const steps = new Map<number, Point>();
  for (const point of points) {
    const step = Math.floor((point[0] / minutes) * STEPS);
    const known = steps.get(step);
    if (known === undefined || point[1] > known[1]) steps.set(step, point);
  }
  return [...steps.values()];
}

/** 1, 2, 4 or 8 times a power of ten: a quarter of it is a round number too. */
function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 8, 10].map((factor) => factor * power).find((top) => top >= most) ?? 10 * power;
}

function minuteTicks(minutes: number): number[] {
  const step = [0.1, 0.5, 1, 5, 10, 30, 60].find((each) => minutes / each <= 8) ?? 120;
  return Array.from({ length: Math.floor(minutes / step) + 1 }, (_, i) => Number((i * step).toFixed(1)));
}
