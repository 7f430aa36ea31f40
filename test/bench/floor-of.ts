import type { Values } from './measure-proxies.js';
import { median } from './report.js';

/** Markdown: how much of each p99 is not the proxy's. @param alone ms, without a proxy, at the rate of each */
export function floorOf(alone: Values): string {
  const each = Object.entries(alone).map(([who, values]) => `${median(values).toFixed(2)} ms at that of ${who}`);
  return `Load and upstream without a proxy have a p99 too, part of those above: ${each.join(', ')}.`;
}
