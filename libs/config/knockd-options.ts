import { resolve } from 'node:path';
import type { Findings } from './findings.js';
import type { Directive, KnockdSection } from './knockd-conf.js';
import { parseInterfaces } from './parse-interfaces.js';
import type { Place } from './place.js';
import type { YamlConfig } from './yaml-config.js';

/** What a knockd.conf says of the daemon itself, in the words of knockgate.yaml; file names are absolute. */
export interface KnockdOptions {
  readonly usesyslog?: boolean;
  readonly logfile?: string;
  readonly pidfile?: string;
  readonly interface?: readonly string[];
  readonly interfacePlace?: Place | undefined;
}

type OptionKey = Exclude<keyof KnockdOptions, 'interfacePlace'>;
const KEYS: readonly OptionKey[] = ['usesyslog', 'logfile', 'pidfile', 'interface'];

/** The options of all sections: knockd takes a UseSyslog anywhere. Tells which knockgate.yaml says too. */
export function knockdOptions(
  sections: readonly KnockdSection[],
  { cwd, yaml, findings }: { readonly cwd: string; readonly yaml: YamlConfig | undefined; readonly findings: Findings },
): KnockdOptions {
  const said = new Map(sections.flatMap(({ directives }) => [...directives]).filter(([key]) => isOption(key)));
  for (const [key, { place }] of said) {
    const other = isOption(key) ? yaml?.place(key) : undefined;
    if (other !== undefined) findings.fault(other, `is said in ${place.file}:${place.line} too`, 'keep one of the two');
  }
  const file = (key: OptionKey): string | undefined => fileName(said.get(key), { cwd, findings });
  return {
    ...(said.has('usesyslog') ? { usesyslog: true } : {}),
    ...defined('logfile', file('logfile')),
    ...defined('pidfile', file('pidfile')),
    ...defined('interface', interfaceOf(said.get('interface'), findings)),
    interfacePlace: said.get('interface')?.place,
  };
}

/** Whether this is about the daemon, not about a door. */
export function isOption(key: string): key is OptionKey {
  return KEYS.some((each) => each === key);
}

function fileName(
  directive: Directive | undefined,
  { cwd, findings }: { readonly cwd: string; readonly findings: Findings },
): string | undefined {
  if (directive === undefined) return undefined;
  if (directive.value !== '') return resolve(cwd, directive.value);
  findings.fault(directive.place, 'is empty', 'write the path of a file, or remove the line');
  return undefined;
}

function interfaceOf(directive: Directive | undefined, findings: Findings): readonly string[] | undefined {
  if (directive === undefined) return undefined;
  const parsed = parseInterfaces(directive.value);
  if (parsed.kind === 'ok') return parsed.value;
  for (const { what, instead } of parsed.flaws) findings.fault(directive.place, what, instead);
  return undefined;
}

function defined<K extends OptionKey, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}
