import { expect, it } from 'vitest';
import { type Line, lineChart } from './line-chart.js';
import type { Point } from './theil-sen.js';

const draw = (points: readonly Point[], more: Partial<Line> = {}): string =>
  lineChart({ title: 'memory (MB)', lines: [{ name: 'a < b', points, ...more }], minutes: 30, warmUp: 5 });

it('draws from 0 up to a round number, over the whole time', () => {
  const svg = draw([
    [0, 0],
    [15, 35],
    [30, 70],
  ]);
  expect(svg).toContain('<polyline points="60.0,176.0 290.0,110.4 520.0,44.8"');
  expect(svg).toContain('>80</text>');
  expect(svg).toContain('>30 min</text>');
});

it('shades the warm-up, and escapes names', () => {
  const svg = draw([[0, 1]]);
  expect(svg).toContain('width="76.7" height="150"');
  expect(svg).toContain('a &lt; b');
});

it('draws the highest of many points in one place, and dots as they are', () => {
  const points = Array.from({ length: 1800 }, (_, i): Point => [i / 60, i === 900 ? 100 : 1]);
  const [, line] = /points="([^"]*)"/u.exec(draw(points))!;
  expect(line!.split(' ').length).toBeLessThan(240);
  expect(line).toContain(',26.0');
  expect(draw(points.slice(0, 20), { dotsOf: 0 }).match(/<circle[^>]*r="3" fill="#0969da"/gu)).toHaveLength(21); // and its name's
});
