import { nftRule } from './nft-rule.js';
import type { Rule, Ruleset } from './ruleset.js';

/** The part of libnftables-json(5) that is looked at. */
interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly type?: string;
  readonly policy?: string;
}

interface RuleObject {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr?: readonly unknown[];
}

interface SetObject {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly elem?: readonly unknown[];
}

type Item = { readonly chain?: Chain; readonly rule?: RuleObject; readonly set?: SetObject; readonly map?: SetObject };

/** Where packets to this host pass. A tap on the interface hears them before all of these, ingress included. */
const HOOKS: ReadonlySet<string> = new Set(['ingress', 'prerouting', 'input']);
const FAMILIES: Readonly<Record<string, Ruleset['family']>> = { ip: 4, ip6: 6, inet: 'both', netdev: 'both' };

/**
 * What `nft -j list ruleset` says.
 * @param seen tables that iptables-save has shown already, as `ip filter`
 * @throws if it is no such JSON
 */
export function parseNftables(json: string, seen: ReadonlySet<string>): Ruleset[] {
  const items = (JSON.parse(json) as { readonly nftables: readonly Item[] }).nftables;
  const tables = new Set(items.flatMap(({ chain }) => (chain === undefined ? [] : [tableOf(chain)])));
  return [...tables].filter((table) => !seen.has(table)).flatMap((table) => rulesetOf(items, table));
}

function rulesetOf(items: readonly Item[], table: string): Ruleset[] {
  const family = FAMILIES[table.split(' ')[0]!];
  if (family === undefined) return [];
  const sets = new Map<string, readonly unknown[]>();
  const chains = new Map<string, Rule[]>();
  const bases: { chain: string; policy: 'accept' | 'drop' }[] = [];
  for (const { chain, set, map } of items) {
    for (const named of [set, map]) {
      if (named !== undefined && tableOf(named) === table) sets.set(named.name, named.elem ?? []);
    }
    if (chain === undefined || tableOf(chain) !== table) continue;
    chains.set(chain.name, []);
    if (!HOOKS.has(chain.hook ?? '') || chain.type === 'nat') continue;
    bases.push({ chain: chain.name, policy: chain.policy === 'drop' ? 'drop' : 'accept' });
  }
  for (const { rule } of items) {
    if (rule !== undefined && tableOf(rule) === table) chains.get(rule.chain)?.push(...nftRule(rule.expr ?? [], sets));
  }
  return [{ family, chains, bases }];
}

function tableOf({ family, table }: { readonly family: string; readonly table: string }): string {
  return `${family} ${table}`;
}
