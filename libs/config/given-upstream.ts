import type { GivenUpstream } from './complete-door.js';
import type { Findings } from './findings.js';
import { parseUpstream } from './parse-upstream.js';

/** What `--upstream` says; its fault is told. */
export function givenUpstream(upstream: string | undefined, findings: Findings): GivenUpstream | undefined {
  if (upstream === undefined) return undefined;
  const place = { file: '--upstream', line: 1, label: '' };
  const parsed = parseUpstream(upstream);
  if (parsed.kind === 'ok') return { place, value: parsed.value };
  for (const { what, instead } of parsed.flaws) findings.fault(place, what, instead);
  return { place, value: undefined };
}
