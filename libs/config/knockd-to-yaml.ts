import { formatAddress, hostPort } from '#address';
import type { DoorDraft } from './door-draft.js';
import { type KnockdComments, printable } from './knockd-comments.js';
import { type Directive, type KnockdSection, OPTIONS } from './knockd-conf.js';
import { isOption, type KnockdOptions } from './knockd-options.js';
import { knockgateYaml, type YamlDoor, type YamlEntry } from './knockgate-yaml.js';
import type { ListenAddress } from './listen-address.js';
import type { Flaw } from './parsed.js';
import type { Place } from './place.js';

/** Why a section is not in the yaml, and which line says so. */
export interface LeftOut {
  readonly place: Place;
  readonly flaw: Flaw;
}

/** A knockd.conf that is right, as far as it can be. */
export interface KnockdParts {
  readonly file: string;
  readonly sections: readonly KnockdSection[];
  readonly leftOut: ReadonlyMap<KnockdSection, LeftOut>;
  readonly doors: readonly DoorDraft[];
  readonly options: KnockdOptions;
  readonly comments: KnockdComments;
}

const STORE: YamlEntry = {
  key: 'store',
  value: 'memory',
  beside: 'or redis://127.0.0.1:6379, which listener and gateway can share; REDIS_URL overrides it',
};
const ANY_FLAGS: YamlEntry = {
  key: 'tcpflags',
  value: 'any',
  beside: 'as knockd does where nothing is said; syn is what a knock needs',
};
const UPSTREAM =
  ' upstream: http://127.0.0.1:8081 # to be written: what the door hides; or tcp://HOST:PORT for any TCP service';
const LISTEN = ' listen: 80 # to be written: the port that the door opens, as no command tells it';
const COMMANDS = [
  ' The commands of the doors are kept, but not run: grants open the doors. To have them run as well:',
  ' run_commands: true',
];

/** A section with the comments that stand above its lines. */
interface Commented {
  readonly section: KnockdSection;
  readonly above: readonly string[];
  readonly directives: readonly Said[];
}

interface Said extends Directive {
  readonly key: string;
  readonly above: readonly string[];
}

/** The text of the knockgate.yaml that says the same; each comment stays with what it stands before. */
export function knockdToYaml(parts: KnockdParts): string {
  const { file, sections, options, comments } = parts;
  const said = sections.map((section) => commented(section, comments));
  const { doors, rest } = doorsOf(said, parts);
  const hasCommands = said.some(({ directives }) => directives.some(({ key }) => key.includes('command')));
  return knockgateYaml({
    above: [` Made from ${printable(file)} by knockgate import; knockgate check tells what is missing.`],
    entries: [...optionEntries(said, options), STORE],
    aboveDoors: hasCommands ? COMMANDS : [],
    doors,
    below: [...rest, ...comments.rest()],
  });
}

/** [options] is nothing in the yaml: what stands above it goes to its first line. */
function commented(section: KnockdSection, comments: KnockdComments): Commented {
  const above = comments.before(section.place.line);
  const directives = [...section.directives].map(([key, { value, place }]) => {
    return { key, value, place, above: comments.before(place.line) };
  });
  const [first, ...others] = directives;
  if (section.name !== OPTIONS || first === undefined) return { section, above, directives };
  return { section, above: [], directives: [{ ...first, above: [...above, ...first.above] }, ...others] };
}

/** Of all sections: knockd takes a UseSyslog anywhere, and [options] more than once. */
function optionEntries(sections: readonly Commented[], options: KnockdOptions): YamlEntry[] {
  const entries = new Map<string, YamlEntry>();
  for (const { key, above } of sections.flatMap(({ directives }) => directives)) {
    const value = isOption(key) ? options[key] : undefined;
    if (value === undefined) continue;
    const only = typeof value === 'object' && value.length === 1 ? value[0]! : value;
    entries.set(key, { key, value: only, above: [...(entries.get(key)?.above ?? []), ...above] });
  }
  return [...entries.values()];
}

/** What stands at a section that is not written goes to the next one, or is the rest. */
function doorsOf(
  sections: readonly Commented[],
  { doors, leftOut }: KnockdParts,
): { readonly doors: YamlDoor[]; readonly rest: readonly string[] } {
  const written: YamlDoor[] = [];
  let carried: readonly string[] = [];
  for (const { section, above, directives } of sections) {
    const own = directives.filter(({ key }) => !isOption(key));
    const why = leftOut.get(section);
    const door = why === undefined ? doors.find(({ name }) => name === section.name) : undefined;
    if (door !== undefined) written.push(yamlDoor(door, [...carried, ...above], own));
    const lost = [...carried, ...above, ...own.flatMap((directive) => directive.above)];
    if (door !== undefined) carried = [];
    else carried = why === undefined ? lost : [...lost, noteOf(section, why)];
  }
  return { doors: written, rest: carried };
}

function noteOf({ name }: KnockdSection, { flaw }: LeftOut): string {
  return ` ${name} is left out: its command ${flaw.what}, and ${flaw.hopeless}`;
}

function yamlDoor(door: DoorDraft, above: readonly string[], directives: readonly Said[]): YamlDoor {
  const { listen, upstream } = door.fields;
  const entries: YamlEntry[] = directives.map((said) => ({
    key: said.key,
    value: valueOf(said, door.fields),
    above: said.above,
  }));
  if (!door.places.has('tcpflags')) entries.push(ANY_FLAGS);
  if (listen !== undefined) entries.push({ key: 'listen', value: listenOf(listen), beside: 'as the command says' });
  if (upstream !== undefined) entries.push({ key: 'upstream', value: upstream });
  const below = [...(listen === undefined ? [LISTEN] : []), ...(upstream === undefined ? [UPSTREAM] : [])];
  return { name: door.name, above, entries, below };
}

/** As it was read, where the words of the two files differ; else as it was written. */
function valueOf({ key, value }: Said, fields: DoorDraft['fields']): string | number {
  switch (key) {
    case 'sequence':
      return (fields.sequence ?? []).map(({ port, protocol }) => `${port}${protocol === 'udp' ? ':udp' : ''}`).join();
    case 'one_time_sequences':
      return fields.one_time_sequences ?? value;
    case 'target':
      return fields.target === undefined ? value : formatAddress(fields.target);
    case 'seq_timeout':
    case 'cmd_timeout':
      return Number(value);
    default:
      return value;
  }
}

function listenOf([first, ...others]: readonly ListenAddress[]): YamlEntry['value'] {
  const all = [first!, ...others];
  if (others.some(({ port }) => port === first!.port)) return first!.port;
  const texts = all.map(hostPort);
  return texts.length === 1 ? texts[0]! : texts;
}
