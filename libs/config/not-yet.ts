import type { Flaw } from './parsed.js';

interface Refusal {
  readonly key: string;
  /** The refused values; without them the key itself is refused. */
  readonly values?: readonly unknown[];
  readonly instead: string;
}

// What is understood but not built. A line goes when the feature comes.
const NOT_YET: readonly Refusal[] = [
  { key: 'proxy_protocol', values: ['v1', 'v2'], instead: 'use proxy_protocol: off' },
];

/** The flaw of asking for what this version cannot do; undefined if it can. Ignoring it would promise too much. */
export function notYet(key: string, value?: unknown): Flaw | undefined {
  const refusal = NOT_YET.find((each) => each.key === key && (each.values?.includes(value) ?? true));
  if (refusal === undefined) return undefined;
  const asked = refusal.values === undefined ? '' : `${String(value)} `;
  return { what: `${asked}is not available in this version`, instead: refusal.instead };
}
