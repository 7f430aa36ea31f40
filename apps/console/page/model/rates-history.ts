import type { RatesAt } from './api-types.js';

export const HISTORY_S = 600;
/** A pulse comes each second; after this much without one there is a gap, not a line across it. */
const GAP_MS = 3000;

export type Counted = 'knocks' | 'opened' | 'denied';

/** Of the last 10 minutes, by the console's clock, oldest first. */
export type RatesHistory = readonly RatesAt[];

/**
 * With later ones. Known ones of the same time or later give way to them: the console told them again, or its clock
 * was put back.
 */
export function addRates(history: RatesHistory, later: RatesHistory): RatesHistory {
  const [first] = later;
  const last = later.at(-1);
  if (first === undefined || last === undefined) return history;
  const from = last.at_ms - HISTORY_S * 1000;
  const kept = history.filter(({ at_ms: at }) => at >= from && at < first.at_ms);
  return [...kept, ...later.filter(({ at_ms: at }) => at >= from)];
}

/** Epoch seconds, then of each name what it was per second; null is a gap. */
export function historyColumns(history: RatesHistory, names: readonly Counted[]): (number | null)[][] {
  const columns: (number | null)[][] = [[], ...names.map(() => [])];
  let lastMs = Infinity;
  for (const each of history) {
    if (each.at_ms - lastMs > GAP_MS) addRow(columns, [lastMs / 1000 + 1, ...names.map(() => null)]);
    addRow(columns, [each.at_ms / 1000, ...names.map((name) => each[name])]);
    lastMs = each.at_ms;
  }
  return columns;
}

function addRow(columns: (number | null)[][], row: readonly (number | null)[]): void {
  for (const [i, value] of row.entries()) columns[i]!.push(value);
}
