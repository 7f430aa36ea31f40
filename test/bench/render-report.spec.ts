import { describe, expect, it } from 'vitest';
import { chart, quickLines, section } from './render-report.js';
import type { Figure } from './report.js';

const beside: Figure = {
  name: 'http-requests',
  what: 'requests a second',
  unit: '1/s',
  ours: [1500, 1200, 1300],
  peers: [
    { who: 'nginx', values: [2600, 2500, 2700] },
    { who: 'a < b', values: [100] },
  ],
  target: { text: 'at least 0.5 x nginx', met: true },
};
const alone: Figure = { name: 'start', what: 'start', unit: 's', ours: [0.5, 0.7], peers: [] };
const report = { title: 'Requests', lead: 'How.', figures: [beside, alone], findings: 'Why.' };

it('prints a line a figure: name, ours, the peer, the ratio', () => {
  expect(quickLines(report)).toBe('http-requests 1300 2600 0.50\nstart 0.6 - -');
});

it('puts figures, charts and findings into a section', () => {
  const text = section(report, ({ name }) => `benchmarks/${name}.svg`);
  expect(text).toContain(
    '| requests a second | 1,300 (1,200 to 1,500) 1/s | nginx: 2,600 (2,500 to 2,700)<br>a < b: 100 | 0.50 | at least 0.5 x nginx: met |',
  );
  expect(text).toContain('| start | 0.6 (0.5 to 0.7) s | - | - | - |');
  expect(text).toContain('![requests a second](benchmarks/http-requests.svg)');
  expect(text).not.toContain('start.svg');
  expect(text.endsWith('Why.')).toBe(true);
});

describe('chart', () => {
  it('draws each contender in proportion', () => {
    const svg = chart(beside);
    const widths = [...svg.matchAll(/<rect [^>]*width="(\d+)"/gu)].map(([, width]) => Number(width));
    expect(widths).toEqual([173, 347, 13]);
  });

  it('escapes names', () => {
    expect(chart(beside)).toContain('a &lt; b');
  });
});
