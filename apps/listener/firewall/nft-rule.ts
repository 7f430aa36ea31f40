import { nftMatch, nftValueMatch, type NftSets } from './nft-match.js';
import { allOf, type Match, type Probe, type Rule, type Target } from './ruleset.js';

type Expression = Readonly<Record<string, unknown>>;

const CONTINUE: Target = { kind: 'continue' };
/** Statements that note or change something and decide nothing (nft(8), statements). */
const NOTES: ReadonlySet<string> = new Set([
  'counter',
  'log',
  'mangle',
  'meta',
  'set',
  'notrack',
  'comment',
  'dup',
  'ct helper',
  'ct timeout',
  'flow',
  'map',
  'last',
]);

/** One rule's `expr`. A verdict map is as many rules as it has entries; so a rule may become several. */
export function nftRule(expressions: readonly unknown[], sets: NftSets): Rule[] {
  const list = expressions as readonly Expression[];
  const conditions = list.filter((expression) => !isVerdict(expression));
  const matches = (probe: Probe): Match => allOf(conditions.map((expression) => condition(expression, sets, probe)));
  const verdict = list.find(isVerdict);
  if (verdict === undefined) return [{ matches, target: () => CONTINUE }];
  if (!('vmap' in verdict)) return [{ matches, target: () => targetOf(verdict) }];
  return entriesOf(verdict['vmap'], sets).map(({ key, value, left }) => ({
    matches: (probe) => allOf([matches(probe), nftValueMatch(left, key, { probe, sets })]),
    target: () => targetOf(value),
  }));
}

function isVerdict(expression: Expression): boolean {
  return ['accept', 'drop', 'reject', 'return', 'continue', 'queue', 'jump', 'goto', 'vmap', 'synproxy', 'tproxy'].some(
    (name) => name in expression,
  );
}

function targetOf(verdict: Expression): Target {
  if ('accept' in verdict || 'queue' in verdict) return { kind: 'accept' };
  if ('drop' in verdict || 'reject' in verdict) return { kind: 'drop' };
  if ('return' in verdict) return { kind: 'return' };
  for (const kind of ['jump', 'goto'] as const) {
    if (kind in verdict) return { kind, chain: (verdict[kind] as { readonly target: string }).target };
  }
  return CONTINUE;
}

function condition(expression: Expression, sets: NftSets, probe: Probe): Match {
  if ('match' in expression) return nftMatch(expression['match'], { probe, sets });
  // who sends how often: see `Match`
  if ('limit' in expression || 'ct count' in expression || 'quota' in expression) return 'no';
  return Object.keys(expression).every((name) => NOTES.has(name)) ? 'yes' : 'maybe';
}

interface Entry {
  readonly left: unknown;
  readonly key: unknown;
  readonly value: Expression;
}

function entriesOf(vmap: unknown, sets: NftSets): Entry[] {
  const { key: left, data } = vmap as { readonly key: unknown; readonly data: unknown };
  const pairs =
    typeof data === 'string' ? (sets.get(data.slice(1)) ?? []) : ((data as { readonly set?: unknown[] }).set ?? []);
  return (pairs as readonly (readonly [unknown, Expression])[]).map(([key, value]) => ({ left, key, value }));
}
