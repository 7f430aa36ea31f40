import { type Flaw, ok, type Parsed, wrong } from './parsed.js';
import { parsePort } from './parse-port.js';

/** The TCP port that a command opens; `more` if it opens others too. */
export interface OpenedPort {
  readonly port: number;
  readonly more: boolean;
}

const TOKEN = /"([^"]*)"|'([^']*)'|[;&|()]+|[^\s;&|()"']+/g;
const OPERATOR = /^[;&|()]/;

// iptables(8), iptables-extensions(8): the options that matter here, in all their spellings.
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ...['-A', '-I', '--append', '--insert'].map((word) => [word, 'add'] as const),
  ...['-D', '--delete'].map((word) => [word, 'delete'] as const),
  ...['-j', '--jump'].map((word) => [word, 'jump'] as const),
  ...['-p', '--proto', '--protocol'].map((word) => [word, 'protocol'] as const),
  ...['--dport', '--destination-port'].map((word) => [word, 'port'] as const),
  ...['--dports', '--destination-ports'].map((word) => [word, 'ports'] as const),
]);

const INSTEAD = 'put `listen:` for this door into a knockgate.yaml given with --config';

/**
 * Reads a start_command that adds an iptables rule: `-A INPUT … -p tcp --dport 80 -j ACCEPT`. Of several commands in
 * one the first that opens a port counts. The command is never run, and no flaw repeats it.
 */
export function openedPort(command: string): Parsed<OpenedPort> {
  const rules = commandsIn(command).map(ruleOf).filter(isRule);
  const opening = rules.map(portOf);
  return opening.find(({ kind }) => kind === 'ok') ?? opening[0] ?? wrong(noPort('opens no port that can be read'));
}

function commandsIn(text: string): string[][] {
  const commands: string[][] = [[]];
  for (const [token, double, single] of text.matchAll(TOKEN)) {
    if (OPERATOR.test(token)) commands.push([]);
    else commands.at(-1)!.push(double ?? single ?? token);
  }
  return commands;
}

type Rule = ReadonlyMap<string, string>;

function ruleOf(words: readonly string[]): Rule {
  const rule = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    const [name = '', attached] = word.startsWith('--') ? word.split('=', 2) : [word];
    const option = SPELLINGS.get(name);
    if (option === undefined) continue;
    // `! --dport 80` is every port but 80.
    const negated = words[index - 1] === '!';
    rule.set(option, negated ? '!' : (attached ?? words[index + 1] ?? ''));
  }
  return rule;
}

function isRule(rule: Rule): boolean {
  return rule.has('add') || rule.has('delete');
}

function portOf(rule: Rule): Parsed<OpenedPort> {
  if (rule.has('delete')) return wrong(noDoor('deletes a rule', 'doors shut by themselves'));
  const protocol = rule.get('protocol')?.toLowerCase() ?? 'tcp';
  if (protocol === 'udp' || protocol === '17') {
    return wrong(noDoor('opens a UDP port', 'only TCP can be kept behind a door'));
  }
  const [first = '', ...others] = (rule.get('port') ?? rule.get('ports') ?? '').split(',');
  const port = parsePort(first);
  if (rule.get('jump') !== 'ACCEPT' || !['tcp', '6'].includes(protocol) || port === undefined) {
    return wrong(noPort('opens no port that can be read'));
  }
  return ok({ port, more: others.length > 0 });
}

function noDoor(what: string, hopeless: string): Flaw {
  return { what, instead: `remove this door: ${hopeless}`, hopeless };
}

function noPort(what: string): Flaw {
  return { what, instead: INSTEAD };
}
