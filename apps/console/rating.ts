import type { MetricObject, ProcessReport } from '#grants';
import type { Rates } from './api-schemas.js';

export const NO_RATES: Rates = { packets: 0, knocks: 0, opened: 0, denied: 0, allowed: 0, connections_open: 0 };

/** Reports come once a second, and not at the moment at which they are asked for: over less a rate would jump. */
const WINDOW_MS = 3000;

type Counted = Exclude<keyof Rates, 'connections_open'>;
type Totals = Readonly<Record<Counted, number>>;

interface Source {
  readonly metric: string;
  /** Of which samples. */
  readonly where?: readonly [label: string, values: readonly string[]];
}

const SOURCES: Readonly<Record<Counted, Source>> = {
  packets: { metric: 'knockgate_packets_seen_total' },
  knocks: { metric: 'knockgate_attempts_total', where: ['outcome', ['advanced']] },
  opened: { metric: 'knockgate_grants_opened_total' },
  denied: { metric: 'knockgate_gate_decisions_total', where: ['decision', ['deny']] },
  allowed: { metric: 'knockgate_gate_decisions_total', where: ['decision', ['allow']] },
};
const COUNTED = Object.keys(SOURCES) as Counted[];

interface Look {
  readonly atMs: number;
  /** By process, so that one that begins anew from zero counts as that. */
  readonly totals: ReadonlyMap<string, Totals>;
}

/** Rates per second out of the counters that the processes report, over the last seconds. Pure. */
export class Rating {
  private looks: Look[] = [];

  rate(reports: readonly ProcessReport[], nowMs: number): Rates {
    const totals = new Map(reports.map((report) => [idOf(report), totalsOf(report.metrics)]));
    this.looks = [...this.looks.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS), { atMs: nowMs, totals }];
    const connections_open = reports.reduce((sum, { metrics }) => sum + total(metrics, OPEN), 0);
    return { ...Object.fromEntries(COUNTED.map((name) => [name, this.perSecond(name)])), connections_open } as Rates;
  }

  private perSecond(name: Counted): number {
    const seconds = ((this.looks.at(-1)?.atMs ?? 0) - (this.looks[0]?.atMs ?? 0)) / 1000;
    if (seconds <= 0) return 0;
    let gained = 0;
    for (const [i, { totals }] of this.looks.entries()) {
      const before = this.looks[i - 1]?.totals;
      for (const [id, now] of totals) gained += Math.max(0, now[name] - (before?.get(id)?.[name] ?? now[name]));
    }
    return Math.round((gained / seconds) * 10) / 10;
  }
}

const OPEN: Source = { metric: 'knockgate_connections_open' };

function totalsOf(metrics: readonly MetricObject[]): Totals {
  return Object.fromEntries(COUNTED.map((name) => [name, total(metrics, SOURCES[name])])) as Totals;
}

function total(metrics: readonly MetricObject[], { metric, where }: Source): number {
  const values = metrics.find(({ name }) => name === metric)?.values ?? [];
  const counted =
    where === undefined ? values : values.filter(({ labels }) => where[1].includes(String(labels[where[0]])));
  return counted.reduce((sum, { value }) => sum + value, 0);
}

function idOf({ host, pid, roles, startedAt }: ProcessReport): string {
  return `${host}\n${pid}\n${roles}\n${startedAt}`;
}
