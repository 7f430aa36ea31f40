import { DOOR_NAME_FORM, isDoorName, shownName } from './door-name.js';
import type { Findings } from './findings.js';
import type { Flaw } from './parsed.js';
import type { Place } from './place.js';
import { unknownKey } from './unknown-key.js';

export interface Directive {
  readonly value: string;
  readonly place: Place;
}

export interface KnockdSection {
  readonly name: string;
  readonly place: Place;
  /** By its lower-case name, aliases resolved. */
  readonly directives: ReadonlyMap<string, Directive>;
}

/** The section that is no door; knockd takes this spelling only. */
export const OPTIONS = 'options';

const ALIASES: Readonly<Record<string, string>> = {
  timeout: 'seq_timeout',
  command: 'start_command',
  command_6: 'start_command_6',
};
const OPTION_WORDS = ['UseSyslog', 'LogFile', 'PidFile', 'Interface'];
const DOOR_WORDS = [
  'Sequence',
  'One_Time_Sequences',
  'Seq_Timeout',
  'Timeout',
  'TCPFlags',
  'Target',
  'Start_Command',
  'Command',
  'Start_Command_6',
  'Command_6',
  'Cmd_Timeout',
  'Stop_Command',
  'Stop_Command_6',
];

/** Every directive, as knockd(1) spells it. */
export const KNOCKD_DIRECTIVES: readonly string[] = [...OPTION_WORDS, ...DOOR_WORDS];

interface OpenSection extends KnockdSection {
  readonly directives: Map<string, Directive>;
}

/**
 * knockd.conf as knockd 0.8 reads it (its parseconfig; knockd(1)): a line is a comment (`#` first), a `[section]`, or
 * `DIRECTIVE = VALUE`; nothing continues on the next line, and a comment cannot follow a value. Every line that knockd
 * would refuse is a fault; so is what it takes by letting the last of two win. Never throws.
 */
export function readKnockdConf(file: string, text: string, findings: Findings): KnockdSection[] {
  const sections: OpenSection[] = [];
  let current: OpenSection | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const place: Place = { file, line: index + 1, label: '' };
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[') && line.endsWith(']')) {
      current = openSection(line.slice(1, -1), place);
      admit(current, { sections, findings });
    } else readDirective(line, { place, section: current, findings });
  }
  return sections;
}

function openSection(name: string, { file, line }: Place): OpenSection {
  return { name, place: { file, line, label: `[${shownName(name)}]` }, directives: new Map() };
}

/** Keeps a section with a good name; the directives of another one are still read, for their faults. */
function admit(section: OpenSection, { sections, findings }: { sections: OpenSection[]; findings: Findings }): void {
  const twin = sections.find(({ name }) => name === section.name);
  if (!isDoorName(section.name)) {
    findings.fault({ ...section.place, label: '' }, 'this is not a name for a door', DOOR_NAME_FORM);
  } else if (twin !== undefined && section.name !== OPTIONS) {
    findings.fault(section.place, `a door of this name is on line ${twin.place.line}`, 'give each door its own name');
  } else sections.push(section);
}

interface Context {
  readonly place: Place;
  readonly section: OpenSection | undefined;
  readonly findings: Findings;
}

function readDirective(line: string, { place, section, findings }: Context): void {
  const equals = line.indexOf('=');
  const word = (equals === -1 ? line : line.slice(0, equals)).trim().toLowerCase();
  const key = ALIASES[word] ?? word;
  const flaw = directiveFlaw({ line, key, word, hasValue: equals !== -1, section });
  const owner = section === undefined ? place : { ...section.place, line: place.line };
  if (flaw !== undefined) findings.fault(owner, flaw.what, flaw.instead);
  else {
    // A known word by now, so it may be shown as it is spelled.
    const spelled = line.slice(0, word.length);
    const at = { ...place, label: `${owner.label} ${spelled}` };
    section!.directives.set(key, { value: equals === -1 ? '' : line.slice(equals + 1).trim(), place: at });
  }
}

interface Candidate {
  readonly line: string;
  readonly key: string;
  readonly word: string;
  readonly hasValue: boolean;
  readonly section: OpenSection | undefined;
}

function directiveFlaw({ line, key, word, hasValue, section }: Candidate): Flaw | undefined {
  if (line.startsWith('[')) return { what: 'a section without its end', instead: 'end the line with ]' };
  if (line.startsWith(';')) return { what: 'knockd knows no ; comments', instead: 'begin the comment with #' };
  if (section === undefined) return { what: 'a directive before any section', instead: 'put a [NAME] line above it' };
  const twin = section.directives.get(key);
  if (twin !== undefined)
    return { what: `${word} is on line ${twin.place.line} already`, instead: 'keep one of the two' };
  // knockd takes a bare UseSyslog in every section.
  if (word === 'usesyslog')
    return hasValue ? { what: 'UseSyslog has a value', instead: 'write UseSyslog alone' } : undefined;
  return misplaced(word, section) ?? (hasValue ? undefined : noValue());
}

function misplaced(word: string, { name }: KnockdSection): Flaw | undefined {
  const here = name === OPTIONS ? OPTION_WORDS : DOOR_WORDS;
  const there = name === OPTIONS ? DOOR_WORDS : OPTION_WORDS;
  const is = (known: string): boolean => known.toLowerCase() === word;
  if (here.some(is)) return undefined;
  if (!there.some(is)) return unknownKey(word, here, 'directive');
  const home = name === OPTIONS ? 'in the section of a door' : 'under [options]';
  return { what: `${word} does not belong here`, instead: `put it ${home}` };
}

function noValue(): Flaw {
  return { what: 'a directive without a value', instead: 'write DIRECTIVE = VALUE' };
}
