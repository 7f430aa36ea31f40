import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Rates } from '../model/api-types.js';
import { type Counted, HISTORY_S, historyColumns, type RatesHistory } from '../model/rates-history.js';
import { useClient } from './client-context.js';
import type { Theme } from './theme.js';
import { useMedia } from './use-media.js';
import { useStore } from './use-store.js';

const HEIGHT_PX = 112;
/** A page that was just opened shows no more emptiness than this. */
const SHORTEST_S = 120;
const LEAST_PEAK = 4;

const SERIES: readonly { readonly name: Counted; readonly label: string }[] = [
  { name: 'knocks', label: 'knocks' },
  { name: 'denied', label: 'denied' },
  { name: 'opened', label: 'opened' },
];

/** Knocks, denials and opens per second over the last 10 minutes. */
export function Timeline({ theme }: { readonly theme: Theme }) {
  const client = useClient();
  const history = useStore(client.page, (each) => each.history);
  const rates = useStore(client.page, (each) => each.overview?.rates);
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(history);
  latest.current = history;

  // Colours are the style sheet's, and uPlot takes them once: another theme is another plot.
  useEffect(() => {
    const made = new uPlot(optionsFor(box.current!), columns(latest.current), box.current!);
    plot.current = made;
    const observer = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry!.contentRect.width);
      if (width > 0 && width !== made.width) made.setSize({ width, height: HEIGHT_PX });
    });
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [theme, systemDark]);
  useLayoutEffect(() => plot.current?.setData(columns(history)), [history]);
  return (
    <section class="panel timeline" aria-label="Activity">
      <Figures rates={rates} />
      <div class="plot" ref={box} aria-hidden="true" />
    </section>
  );
}

function Figures({ rates }: { readonly rates: Rates | undefined }) {
  const figure = (value: number | undefined): string => (value === undefined ? '–' : shortNumber(value));
  return (
    <dl class="figures">
      {SERIES.map(({ name, label }) => (
        <div key={name} class={name}>
          <dt>{label}/s</dt>
          <dd>{figure(rates?.[name])}</dd>
        </div>
      ))}
      <div>
        <dt>packets/s</dt>
        <dd>{figure(rates?.packets)}</dd>
      </div>
      <div>
        <dt>admitted/s</dt>
        <dd>{figure(rates?.allowed)}</dd>
      </div>
      <div>
        <dt>connections</dt>
        <dd>{figure(rates?.connections_open)}</dd>
      </div>
    </dl>
  );
}

function shortNumber(value: number): string {
  if (value >= 10_000) return `${Math.round(value / 1000)}k`;
  return String(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
}

function columns(history: RatesHistory): uPlot.AlignedData {
  return historyColumns(
    history,
    SERIES.map(({ name }) => name),
  ) as uPlot.AlignedData;
}

function optionsFor(box: HTMLElement): uPlot.Options {
  const style = getComputedStyle(box);
  const font = `11px ${style.fontFamily}`;
  const axis = { stroke: colourOf(box, 'soft'), font, ticks: { show: false } };
  const grid = { stroke: colourOf(box, 'line'), width: 1 };
  return {
    width: Math.floor(box.clientWidth),
    height: HEIGHT_PX,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_plot, min, max) => [Math.max(max - HISTORY_S, Math.min(min, max - SHORTEST_S)), max] },
      y: { range: (_plot, _min, max) => [0, Math.max(LEAST_PEAK, max * 1.1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 22, values: '{HH}:{mm}', incrs: [60, 120, 300] },
      { ...axis, grid, size: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000], space: 26 },
    ],
    series: [{}, ...SERIES.map(({ name }) => seriesFor(box, name))],
  };
}

function seriesFor(box: HTMLElement, name: Counted): uPlot.Series {
  const stroke = colourOf(box, name);
  return { stroke, width: 1.5, points: { show: false }, fill: colourOf(box, `${name}-fill`) };
}

/** As the browser computes it: a variable itself would be `light-dark(…)`, which a canvas does not know. */
function colourOf(box: HTMLElement, name: string): string {
  const probe = document.createElement('i');
  probe.className = `colour-${name}`;
  box.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
