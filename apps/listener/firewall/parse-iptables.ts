import { iptablesRule } from './iptables-rule.js';
import type { Rule, Ruleset } from './ruleset.js';

/** Where a packet to this host passes, by table. nat sees it too, and by its rules drops nothing. */
const BASES: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING'],
  mangle: ['PREROUTING', 'INPUT'],
  filter: ['INPUT'],
  security: ['INPUT'],
};

export interface IptablesTable extends Ruleset {
  readonly name: string;
}

/** What iptables-save or ip6tables-save says (iptables-save(8)). Lines that are no rules are passed over. */
export function parseIptables(text: string, family: 4 | 6): IptablesTable[] {
  const sections = text.split(/^\*/mu).slice(1);
  return sections.map((section) => {
    const [name = '', ...lines] = section.split('\n');
    return tableOf({ name, family }, lines);
  });
}

function tableOf({ name, family }: Pick<IptablesTable, 'name' | 'family'>, lines: readonly string[]): IptablesTable {
  const chains = new Map<string, Rule[]>();
  const policies = new Map<string, 'accept' | 'drop'>();
  for (const line of lines) {
    const declared = /^:(\S+) (\S+)/u.exec(line);
    if (declared?.[1] !== undefined) {
      chains.set(declared[1], []);
      policies.set(declared[1], declared[2] === 'DROP' ? 'drop' : 'accept');
    }
    const added = /^(?:\[\d+:\d+\] )?-A (\S+)(.*)$/u.exec(line);
    if (added?.[1] !== undefined) chains.get(added[1])?.push(iptablesRule(wordsOf(added[2]!)));
  }
  const there = (BASES[name] ?? []).filter((chain) => chains.has(chain));
  return { name, family, chains, bases: there.map((chain) => ({ chain, policy: policies.get(chain) ?? 'accept' })) };
}

/** Words with blanks stand in double quotes, quotes within them behind a backslash. */
function wordsOf(text: string): string[] {
  return Array.from(text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/gu), ([, quoted, plain]) => plain ?? `"${quoted}"`);
}
