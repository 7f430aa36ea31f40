import { resolve } from 'node:path';
import type { Address } from '#address';
import type { FlagRule, Step } from '#knock';
import type { DoorDraft, Fields } from './door-draft.js';
import type { DoorKey } from './door-schema.js';
import type { Findings } from './findings.js';
import { type Directive, type KnockdSection, OPTIONS } from './knockd-conf.js';
import { knockdListen } from './knockd-listen.js';
import { ok, type Parsed, wrong } from './parsed.js';
import { parseDuration } from './parse-duration.js';
import { parseSequence } from './parse-sequence.js';
import { parseTarget } from './parse-target.js';
import { ANY_FLAGS, parseTcpFlags } from './parse-tcp-flags.js';
import type { Place } from './place.js';

/** What a start_command and the like say is kept as it is. */
const COMMANDS = ['start_command', 'start_command_6', 'stop_command', 'stop_command_6'] as const;

/** The doors of a knockd.conf. @param cwd where its relative file names start, as knockd's do */
export function knockdDoors(sections: readonly KnockdSection[], cwd: string, findings: Findings): DoorDraft[] {
  return sections.filter(({ name }) => name !== OPTIONS).map((section) => draftOf(section, cwd, findings));
}

function draftOf(section: KnockdSection, cwd: string, findings: Findings): DoorDraft {
  const { name, place, directives } = section;
  const read = <T>(key: DoorKey, parse: (text: string) => Parsed<T>): T | undefined => {
    const directive = directives.get(key);
    return directive === undefined ? undefined : value(directive, { parse, findings });
  };
  const fields: Fields = {
    sequence: read<readonly Step[]>('sequence', parseSequence),
    one_time_sequences: read('one_time_sequences', (text) => ok(resolve(cwd, text))),
    tcpflags: directives.has('tcpflags') ? read<FlagRule>('tcpflags', parseTcpFlags) : ANY_FLAGS,
    target: read<Address>('target', parseTarget),
    seq_timeout: read('seq_timeout', parseSeconds),
    cmd_timeout: read('cmd_timeout', parseSeconds),
    ...Object.fromEntries(COMMANDS.map((key) => [key, directives.get(key)?.value])),
  };
  if (directives.has('start_command') && !directives.has('stop_command')) warnOfNoStop(place, findings);
  return { name, place, fields, places: placesIn(directives), opens: knockdListen(section, findings) };
}

function value<T>(
  directive: Directive,
  { parse, findings }: { parse: (text: string) => Parsed<T>; findings: Findings },
): T | undefined {
  const parsed = parse(directive.value);
  if (parsed.kind === 'ok') return parsed.value;
  for (const { what, instead } of parsed.flaws) findings.fault(directive.place, what, instead);
  return undefined;
}

function placesIn(directives: ReadonlyMap<string, Directive>): Map<DoorKey, Place> {
  const known = ['sequence', 'one_time_sequences', 'tcpflags', 'target', 'seq_timeout', 'cmd_timeout'] as const;
  const keys = [...known, ...COMMANDS].filter((key) => directives.has(key));
  return new Map(keys.map((key) => [key, directives.get(key)!.place]));
}

/** knockd's timeouts: whole seconds. Its atoi would take `1m` as 1 and `five` as 0. */
function parseSeconds(text: string): Parsed<number> {
  const ms = /^\d+$/.test(text) ? parseDuration(text) : undefined;
  if (ms !== undefined) return ok(ms);
  return wrong({
    what: 'is not a whole number of seconds',
    instead: 'write 1 to 31536000, with no unit and no comment after it',
  });
}

function warnOfNoStop(place: Place, findings: Findings): void {
  const what = 'has no stop_command: knockd would leave it open, here it shuts after cmd_timeout';
  findings.warn(place, what, 'say a cmd_timeout that suits you');
}
