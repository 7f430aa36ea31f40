import { allOf, type Match, opposite, type Probe, type Rule, type Target } from './ruleset.js';

/** An option of a rule as iptables-save writes it: `! --dport 80`. */
interface Option {
  readonly name: string;
  readonly negated: boolean;
  readonly values: readonly string[];
}

type Test = (probe: Probe, values: readonly string[]) => Match;

const is = (matches: boolean): Match => (matches ? 'yes' : 'no');
const NEVER: Test = () => 'no';
const ALWAYS: Test = () => 'yes';

/** iptables-extensions(8). What is in neither list is not understood: `maybe`. */
const TESTS: Readonly<Record<string, Test>> = {
  '-p': ({ family, protocol }, [name]) =>
    is(name === protocol || name === 'all' || name === '0' || (family === 6 && name === 'ipv6')),
  '-i': ({ device }, [name = '']) => is(name.endsWith('+') ? device.startsWith(name.slice(0, -1)) : device === name),
  '-s': (_probe, [source = '']) => is(source.endsWith('/0')),
  '-d': (_probe, [destination = '']) => destinationMatch(destination),
  '--dport': ({ port }, [ports = '']) => is(inPorts(port, ports)),
  '--dports': ({ port }, [ports = '']) => is(inPorts(port, ports)),
  '--ports': ({ port }, [ports = '']) => is(inPorts(port, ports)),
  '--ctstate': (_probe, [states = '']) => is(states.split(',').includes('NEW')),
  '--state': (_probe, [states = '']) => is(states.split(',').includes('NEW')),
  '--tcp-flags': (_probe, [mask = '', set = '']) => is(!mask.split(',').includes('SYN') || set === 'SYN'),
  '--syn': ALWAYS,
  '--dst-type': (_probe, [type]) => is(type === 'LOCAL' || type === 'UNICAST'),
  '--src-type': (_probe, [type]) => is(type === 'UNICAST'),
  '--limit-iface-in': ALWAYS,
  '--pkt-type': (_probe, [type]) => is(type === 'unicast'),
  '--mark': (_probe, [mark = '']) => is(Number(mark.split('/')[0]) === 0),
  '--comment': ALWAYS,
};

/** Who sends or how often, and what a first packet never is: see `Match`. */
const NEVER_OPTIONS =
  /^(?:--(?:limit|limit-burst|hashlimit.*|connlimit.*|match-set|mac-source|src-range|src-cc|source-country|rcheck|update|remove|name|seconds|hitcount|rsource|invert|loose|physdev.*|icmp.*|vaddrtype)|-f)$/u;
/** Matches that are about the sender's ways even without an option that says so. */
const NEVER_MODULES: ReadonlySet<string> = new Set([
  'limit',
  'hashlimit',
  'connlimit',
  'recent',
  'set',
  'geoip',
  'mac',
  'iprange',
  'rpfilter',
  'physdev',
  'icmp',
  'icmp6',
  'rt',
  'hbh',
  'frag',
  'ah',
  'esp',
  'policy',
  'socket',
]);
const UNDERSTOOD_MODULES: ReadonlySet<string> = new Set([
  'tcp',
  'udp',
  'multiport',
  'conntrack',
  'state',
  'addrtype',
  'pkttype',
  'mark',
  'comment',
]);

/** Recorded, never a reason against: `-m recent --set` notes the sender and matches everybody. */
const PASSIVE: ReadonlySet<string> = new Set(['--set', '--mask', '--reap']);

/** One `-A CHAIN …` line of iptables-save, its words after the chain. */
export function iptablesRule(words: readonly string[]): Rule {
  const options = optionsOf(words);
  const target = targetOf(options);
  const tests = options.filter(({ name }) => name !== '-j' && name !== '-g').slice(0, matchCount(options));
  return {
    matches: (probe) => allOf(tests.map((option) => test(option, options, probe))),
    target: () => target,
  };
}

/** What stands after the target are the target's own options. */
function matchCount(options: readonly Option[]): number {
  const at = options.findIndex(({ name }) => name === '-j' || name === '-g');
  return at === -1 ? options.length : at;
}

function test({ name, negated, values }: Option, all: readonly Option[], probe: Probe): Match {
  const notes = all.some((option) => option.name === '--set');
  if (name === '-m') {
    const [module = ''] = values;
    if (module === 'recent' && notes) return 'yes';
    if (NEVER_MODULES.has(module)) return 'no';
    return UNDERSTOOD_MODULES.has(module) ? 'yes' : 'maybe';
  }
  if (PASSIVE.has(name) || (notes && (name === '--name' || name === '--rsource'))) return 'yes';
  const known = NEVER_OPTIONS.test(name) ? NEVER : TESTS[name];
  if (known === undefined) return 'maybe';
  const match = known(probe, values);
  return negated ? opposite(match) : match;
}

function destinationMatch(destination: string): Match {
  if (destination.endsWith('/0')) return 'yes';
  // to several hosts: no packet that is to this one
  return /^(?:22[4-9]|23\d|255)\.|^ff/iu.test(destination) ? 'no' : 'maybe';
}

function inPorts(port: number, list: string): boolean {
  return list.split(',').some((item) => {
    const [from = '', to = from] = item.split(':');
    return port >= Number(from || 0) && port <= Number(to || 65_535);
  });
}

function optionsOf(words: readonly string[]): Option[] {
  const options: { name: string; negated: boolean; values: string[] }[] = [];
  let negated = false;
  for (const word of words) {
    if (word === '!') negated = true;
    else if (/^--?[a-z]/u.test(word)) {
      options.push({ name: word, negated, values: [] });
      negated = false;
    } else options.at(-1)?.values.push(word);
  }
  return options;
}

const PASSING_TARGETS =
  /^(?:LOG|NFLOG|ULOG|MARK|CONNMARK|CT|NOTRACK|SET|TRACE|TCPMSS|DSCP|TOS|TTL|HL|AUDIT|CONNSECMARK|SECMARK|CLASSIFY|CHECKSUM|RATEEST|TPROXY|IDLETIMER|LED|TEE|SNAT|DNAT|REDIRECT|MASQUERADE)$/u;

function targetOf(options: readonly Option[]): Target {
  const option = options.find(({ name }) => name === '-j' || name === '-g');
  const name = option?.values[0];
  if (option === undefined || name === undefined || PASSING_TARGETS.test(name)) return { kind: 'continue' };
  if (option.name === '-g') return { kind: 'goto', chain: name };
  switch (name) {
    case 'ACCEPT':
    case 'NFQUEUE':
    case 'QUEUE':
      return { kind: 'accept' };
    case 'DROP':
    case 'REJECT':
    case 'TARPIT':
    case 'STEAL':
      return { kind: 'drop' };
    case 'RETURN':
      return { kind: 'return' };
    default:
      return { kind: 'jump', chain: name };
  }
}
