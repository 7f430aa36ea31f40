import type { Throughput, Who } from './measure-proxies.js';
import { median } from './report.js';
import type { RequestCost } from './request-cost.js';

/** As good as all of a core: the kernel counts in hundredths of a second. */
const FULL = 0.95;
const HEAD = ['', 'user, µs a request', 'system, µs a request', 'its core busy', 'the other core busy'];

/** Markdown: what a request cost each proxy, and of whom the load, not the proxy, was the limit. */
export function costTable(costs: Throughput['costs']): string {
  const of = (figures: readonly RequestCost[], name: keyof RequestCost): number =>
    median(figures.map((cost) => cost[name]));
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const rows = [...costs].map(([who, figures]) => [
    who,
    of(figures, 'userUs').toFixed(0),
    of(figures, 'systemUs').toFixed(0),
    percent(of(figures, 'measuredBusy')),
    percent(of(figures, 'restBusy')),
  ]);
  const table = [HEAD, HEAD.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const held = [...costs].filter(([, figures]) => of(figures, 'measuredBusy') < FULL).map(([who]): Who => who);
  return held.length === 0 ? `${table}\n\nEach of them had its core full.` : `${table}\n\n${heldBack(held)}`;
}

function heldBack(held: readonly Who[]): string {
  return `With room left on its core: ${held.join(', ')}. There the other core, with the load and the upstream, is the limit, and
requests a second say little; so targets are about requests for each second that its core was busy.`;
}
