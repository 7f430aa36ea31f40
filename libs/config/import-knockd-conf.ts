import { checkDoors } from './check-doors.js';
import { completeDoor, type GivenUpstream } from './complete-door.js';
import type { DoorDraft } from './door-draft.js';
import type { Fault } from './fault.js';
import { Findings } from './findings.js';
import { givenUpstream } from './given-upstream.js';
import { KnockdComments } from './knockd-comments.js';
import { type KnockdSection, OPTIONS, readKnockdConf } from './knockd-conf.js';
import { knockdDoors } from './knockd-doors.js';
import { knockdListen } from './knockd-listen.js';
import { knockdOptions } from './knockd-options.js';
import { knockdToYaml, type LeftOut } from './knockd-to-yaml.js';
import { readText } from './read-text.js';
import { noYaml } from './yaml-config.js';

export interface ImportSources {
  /** A knockd.conf, as the operator names it. */
  readonly file: string;
  readonly cwd: string;
  /** `--upstream`, for all doors. */
  readonly upstream?: string;
}

export type Imported =
  | { readonly kind: 'yaml'; readonly text: string; readonly warnings: readonly Fault[] }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] };

/**
 * The knockgate.yaml whose settings are those of a knockd.conf. What is wrong in the conf is a fault, as it is where the
 * conf is used; what it cannot say (an upstream, a port that no command tells) is left to be written. A door that can
 * be none here is left out, with a warning.
 */
export function importKnockdConf({ file, cwd, upstream }: ImportSources): Imported {
  const findings = new Findings();
  const text = readText(file, cwd);
  if (text.kind === 'wrong') {
    for (const { what, instead } of text.flaws) findings.fault({ file, line: 1, label: '' }, what, instead);
    return { kind: 'faults', faults: findings.faults() };
  }
  const given = givenUpstream(upstream, findings);
  const all = readKnockdConf(file, text.value, findings);
  const leftOut = leftOutOf(all);
  const sections = all.filter((section) => !leftOut.has(section));
  const doors = completed(knockdDoors(sections, cwd, findings), given, findings);
  const options = knockdOptions(all, { cwd, yaml: undefined, findings });
  tellLeftOut([...leftOut.values()], { faults: doors.length === 0, findings });
  if (all.every(({ name }) => name === OPTIONS) && findings.faults().length === 0) {
    findings.fault({ file, line: 1, label: '' }, 'has no doors', 'name a knockd.conf with a door in it');
  }
  const faults = findings.faults();
  if (faults.length > 0) return { kind: 'faults', faults };
  const comments = new KnockdComments(text.value);
  return {
    kind: 'yaml',
    text: knockdToYaml({ file, sections: all, leftOut, doors, options, comments }),
    warnings: findings.warnings(),
  };
}

function leftOutOf(sections: readonly KnockdSection[]): Map<KnockdSection, LeftOut> {
  const leftOut = new Map<KnockdSection, LeftOut>();
  for (const section of sections) {
    const why = uselessness(section);
    if (why !== undefined) leftOut.set(section, why);
  }
  return leftOut;
}

/** Why a section can be no door here, whatever else is said of it. */
function uselessness(section: KnockdSection): LeftOut | undefined {
  if (section.name === OPTIONS) return undefined;
  const { place, listen } = knockdListen(section, new Findings());
  const flaw = listen.kind === 'wrong' ? listen.flaws.find(({ hopeless }) => hopeless !== undefined) : undefined;
  return flaw && { place, flaw };
}

/** Where no door is left there is nothing to import: that is their fault. */
function tellLeftOut(
  leftOut: readonly LeftOut[],
  { faults, findings }: { readonly faults: boolean; readonly findings: Findings },
): void {
  for (const { place, flaw } of leftOut) {
    if (faults) findings.fault(place, flaw.what, flaw.instead);
    else findings.warn(place, `${flaw.what}, so this door is left out`, String(flaw.hopeless));
  }
}

function completed(drafts: readonly DoorDraft[], upstream: GivenUpstream | undefined, findings: Findings): DoorDraft[] {
  const doors = drafts.map((draft) => {
    const open = { place: draft.place, value: undefined };
    if (upstream === undefined) warnOfNoUpstream(draft, findings);
    return completeDoor(withOpenListen(draft, findings), upstream ?? open, findings);
  });
  checkDoors(doors, noYaml(), findings);
  return doors;
}

function warnOfNoUpstream({ place }: DoorDraft, findings: Findings): void {
  findings.warn(place, 'nothing says what it hides', 'write `upstream:` into the yaml, or give --upstream URL');
}

/** Where no command tells the port, the operator must: a key with a place but no value is not missing. */
function withOpenListen(draft: DoorDraft, findings: Findings): DoorDraft {
  const { opens } = draft;
  if (opens === undefined || opens.listen.kind === 'ok') return draft;
  for (const { what } of opens.listen.flaws) findings.warn(opens.place, what, 'write `listen:` into the yaml');
  return { ...draft, places: new Map([...draft.places, ['listen', opens.place]]) };
}
