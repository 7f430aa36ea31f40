import { type Figure, median, ratio, type Report } from './report.js';
import { escapeXml, plain, shown, svg } from './svg.js';

const BAR = { width: 360, height: 18, gap: 6, label: 210, value: 110 } as const;

/** One line a figure: name, ours, the peer's, the ratio; `-` without a peer. */
export function quickLines({ figures }: Report): string {
  return figures
    .map((figure) => {
      const [peer] = figure.peers;
      const compared = ratio(figure);
      return [
        figure.name,
        plain(median(figure.ours)),
        peer === undefined ? '-' : plain(median(peer.values)),
        compared === undefined ? '-' : compared.toFixed(2),
      ].join(' ');
    })
    .join('\n');
}

/** The section of docs/benchmarks.md. @param charts where the charts lie, from the page */
export function section({ title, lead, figures, findings }: Report, charts: (figure: Figure) => string): string {
  const drawn = figures.filter(({ peers }) => peers.length > 0);
  return [
    `## ${title}`,
    lead,
    ...(figures.length === 0 ? [] : [table(figures)]),
    ...drawn.map((figure) => `![${figure.what}](${charts(figure)})`),
    ...(findings === undefined ? [] : [findings]),
  ].join('\n\n');
}

function table(figures: readonly Figure[]): string {
  const head = ['what', 'knockgate', 'beside it', 'ratio', 'target'];
  const rows = figures.map((figure) => {
    const compared = ratio(figure);
    return [
      figure.what,
      `${spread(figure.ours)} ${figure.unit}`,
      figure.peers.map(({ who, values }) => `${who}: ${spread(values)}`).join('<br>') || '-',
      compared === undefined ? '-' : compared.toFixed(2),
      figure.target === undefined ? '-' : `${figure.target.text}: ${figure.target.met ? 'met' : '**not met**'}`,
    ];
  });
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Bars of the medians, the lowest and the highest round as a line on each. */
export function chart({ what, unit, ours, peers }: Figure): string {
  const bars = [{ who: 'knockgate', values: ours }, ...peers];
  const most = Math.max(...bars.flatMap(({ values }) => values), Number.MIN_VALUE);
  const step = BAR.height + BAR.gap;
  const width = BAR.label + BAR.width + BAR.value;
  const height = 30 + bars.length * step;
  const rows = bars.map(({ who, values }, i) => {
    const at = (value: number): number => BAR.label + Math.round((value / most) * BAR.width);
    const y = 28 + i * step;
    const middle = y + BAR.height / 2;
    const end = at(median(values));
    return [
      `<text x="${BAR.label - 8}" y="${middle + 4}" text-anchor="end">${escapeXml(who)}</text>`,
      `<rect x="${BAR.label}" y="${y}" width="${end - BAR.label}" height="${BAR.height}" fill="${i === 0 ? '#0969da' : '#8c959f'}"/>`,
      `<line x1="${at(Math.min(...values))}" x2="${at(Math.max(...values))}" y1="${middle}" y2="${middle}" stroke="#d4a72c" stroke-width="3"/>`,
      `<text x="${Math.max(end, at(Math.max(...values))) + 6}" y="${middle + 4}">${shown(median(values))}</text>`,
    ].join('\n');
  });
  return svg({ width, height, title: `${what} (${unit})`, body: rows.join('\n') });
}

function spread(values: readonly number[]): string {
  if (values.length === 1) return shown(values[0]!);
  return `${shown(median(values))} (${shown(Math.min(...values))} to ${shown(Math.max(...values))})`;
}
