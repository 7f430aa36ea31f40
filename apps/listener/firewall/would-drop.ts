import type { Probe, Rule, Ruleset } from './ruleset.js';

type Verdict = 'accept' | 'drop' | 'fell_through';

/** A ruleset that the kernel took has no loops, but what we read may not be what it took. */
const MAX_DEPTH = 64;

/** Whether these rulesets may drop or reject the probe on its way in. If in doubt, yes. */
export function wouldDrop(rulesets: readonly Ruleset[], probe: Probe): boolean {
  return rulesets
    .filter(({ family }) => family === 'both' || family === probe.family)
    .some((ruleset) => ruleset.bases.some((base) => dropsAt(ruleset, base, probe)));
}

function dropsAt(ruleset: Ruleset, { chain, policy }: Ruleset['bases'][number], probe: Probe): boolean {
  const verdict = walk({ ruleset, probe }, chain, 0);
  return verdict === 'fell_through' ? policy === 'drop' : verdict === 'drop';
}

interface Walk {
  readonly ruleset: Ruleset;
  readonly probe: Probe;
}

function walk(at: Walk, chain: string, depth: number): Verdict {
  if (depth > MAX_DEPTH) return 'fell_through';
  for (const rule of at.ruleset.chains.get(chain) ?? []) {
    const match = rule.matches(at.probe);
    if (match === 'no') continue;
    const verdict = follow(at, rule, depth);
    // what only may hold lets nobody in, nor ends a chain, but it may keep out
    if (match === 'maybe' && verdict !== 'drop') continue;
    if (verdict === 'return') return 'fell_through';
    if (verdict !== 'continue') return verdict;
  }
  return 'fell_through';
}

function follow({ ruleset, probe }: Walk, rule: Rule, depth: number): 'accept' | 'drop' | 'return' | 'continue' {
  const target = rule.target(probe);
  if (target.kind !== 'jump' && target.kind !== 'goto') return target.kind;
  const verdict = walk({ ruleset, probe }, target.chain, depth + 1);
  if (verdict !== 'fell_through') return verdict;
  return target.kind === 'jump' ? 'continue' : 'return';
}
