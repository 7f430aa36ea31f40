import { readFileSync } from 'node:fs';
import { parseIptables } from './parse-iptables.js';
import { parseNftables } from './parse-nftables.js';
import type { Ruleset } from './ruleset.js';

/** Rulesets as their tools print them: `*.save` of iptables-save, `*.json` of `nft -j list ruleset`. */
export function firewall(file: string): Ruleset[] {
  const text = readFileSync(new URL(`corpus/${file}`, import.meta.url), 'utf8');
  return file.endsWith('.json') ? parseNftables(text, new Set()) : parseIptables(text, 4);
}

/** A filter table with these rules of INPUT, and further chains as `-A NAME …`. */
export function filterTable(rules: readonly string[], policy = 'ACCEPT'): Ruleset[] {
  const chains = new Set(rules.flatMap((rule) => /^-A (\S+)/u.exec(rule)?.[1] ?? []));
  chains.delete('INPUT');
  const declared = [...chains].map((name) => `:${name} - [0:0]`);
  const text = ['*filter', `:INPUT ${policy} [0:0]`, ...declared, ...rules, 'COMMIT'].join('\n');
  return parseIptables(text, 4);
}
