import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { type IptablesTable, parseIptables } from './parse-iptables.js';
import { parseNftables } from './parse-nftables.js';
import type { Ruleset } from './ruleset.js';

const run = promisify(execFile);

/** Not by PATH: this runs with rights that a caller's PATH must not lend to another program. */
const SBIN = ['/usr/sbin', '/sbin', '/usr/local/sbin', '/usr/bin'];
const LIMITS = { timeout: 5000, maxBuffer: 64 * 1024 * 1024, env: { LC_ALL: 'C' } } as const;

/** What is known of this host's firewall. */
export interface Firewall {
  readonly rulesets: readonly Ruleset[];
  /** Why it may be more than that; undefined: this is all. */
  readonly unread: string | undefined;
}

/** Reads the rules of iptables and nftables by their own tools. Wants CAP_NET_ADMIN; without, `unread` says so. */
export async function readFirewall(): Promise<Firewall> {
  const [tables4, tables6, legacy4, legacy6] = await Promise.all([
    iptables('iptables-save', 4),
    iptables('ip6tables-save', 6),
    iptables('iptables-legacy-save', 4),
    iptables('ip6tables-legacy-save', 6),
  ]);
  const seen = [...tables4.rulesets, ...tables6.rulesets].map(
    ({ family, name }) => `ip${family === 6 ? 6 : ''} ${name}`,
  );
  const nft = await nftables(new Set(seen));
  const read = [tables4, tables6, legacy4, legacy6, nft];
  const failures = read.flatMap(({ failure }) => failure ?? []);
  const found = read.some((source) => source.found);
  return {
    rulesets: read.flatMap(({ rulesets }) => rulesets),
    unread: found ? failures[0] : 'neither iptables-save nor nft is installed',
  };
}

interface Source<R extends Ruleset> {
  readonly found: boolean;
  readonly rulesets: readonly R[];
  readonly failure?: string;
}

function iptables(tool: string, family: 4 | 6): Promise<Source<IptablesTable>> {
  if (family === 6 && !existsSync('/proc/net/if_inet6')) return Promise.resolve({ found: false, rulesets: [] });
  return ask(tool, [], (text) => parseIptables(text, family));
}

function nftables(seen: ReadonlySet<string>): Promise<Source<Ruleset>> {
  return ask('nft', ['-j', 'list', 'ruleset'], (text) => parseNftables(text, seen));
}

async function ask<R extends Ruleset>(
  tool: string,
  args: readonly string[],
  parse: (text: string) => R[],
): Promise<Source<R>> {
  const answer = await askFirewallTool(tool, args);
  if (answer.kind === 'absent') return { found: false, rulesets: [] };
  if (answer.kind === 'failed') return { found: true, rulesets: [], failure: answer.reason };
  try {
    return { found: true, rulesets: parse(answer.text) };
  } catch (error) {
    return { found: true, rulesets: [], failure: `${tool}: ${reasonOf(error)}` };
  }
}

export type ToolAnswer =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly reason: string };

/** What one of the tools that show the firewall's rules prints; `absent`: it is not installed. */
export async function askFirewallTool(tool: string, args: readonly string[]): Promise<ToolAnswer> {
  const path = SBIN.map((directory) => `${directory}/${tool}`).find((file) => existsSync(file));
  if (path === undefined) return { kind: 'absent' };
  try {
    return { kind: 'text', text: (await run(path, args, LIMITS)).stdout };
  } catch (error) {
    return { kind: 'failed', reason: `${tool}: ${reasonOf(error)}` };
  }
}

function reasonOf(error: unknown): string {
  const { stderr, message } = error as Error & { readonly stderr?: string };
  return (stderr ?? message).trim().split('\n', 1)[0] || 'failed';
}
