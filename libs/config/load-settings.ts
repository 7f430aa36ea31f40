import { checkAttempts } from './check-attempts.js';
import { checkHost, type HostNames } from './check-host.js';
import { checkDoors } from './check-doors.js';
import { completeDoor, type GivenUpstream } from './complete-door.js';
import type { ConfigSources } from './config-sources.js';
import type { DoorDraft } from './door-draft.js';
import { doorSettingsOf } from './door-settings-of.js';
import { environment } from './environment.js';
import type { Fault } from './fault.js';
import { Findings } from './findings.js';
import { givenUpstream } from './given-upstream.js';
import { knockdConfig } from './knockd-config.js';
import { knockdDoors } from './knockd-doors.js';
import { type KnockdOptions, knockdOptions } from './knockd-options.js';
import { lintDoors } from './lint-doors.js';
import { mergeDoors } from './merge-doors.js';
import type { Settings } from './settings.js';
import { settingsOf } from './settings-of.js';
import { type YamlConfig, yamlConfig } from './yaml-config.js';

export type Loaded =
  | { readonly kind: 'settings'; readonly settings: Settings; readonly warnings: readonly Fault[] }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] };

interface Files {
  readonly yaml: YamlConfig;
  /** Undefined where no knockd.conf is asked for. */
  readonly knockd: readonly DoorDraft[] | undefined;
  readonly options: KnockdOptions;
}

/**
 * Reads the files that `sources` asks for, checks everything, and gives the settings or every fault at once, by line.
 * Never throws over what is in a file, the environment or the command line. Opens no connection.
 */
export function loadSettings(sources: ConfigSources): Loaded {
  const findings = new Findings();
  const files = readFiles(sources, findings);
  const overrides = environment(sources, findings);
  const upstream = givenUpstream(sources.upstream, findings);
  const doors = files === undefined ? [] : readDoors(files, upstream, findings);
  if (files !== undefined && sources.hears === true) checkHost(hostNames(files, doors), findings);
  if (files !== undefined) checkAttempts(files.yaml, overrides, findings);
  if (sources.served !== undefined) lintDoors(doors, sources.served, findings);
  const faults = findings.faults();
  if (files === undefined || faults.length > 0) return { kind: 'faults', faults };
  const names = [sources.knockdConf, files.yaml.file].filter((name) => name !== undefined);
  const settings = settingsOf({
    files: names,
    cwd: sources.cwd,
    yaml: files.yaml,
    options: files.options,
    overrides,
    doors: doors.map(doorSettingsOf).filter((door) => door !== undefined),
  });
  return { kind: 'settings', settings, warnings: findings.warnings() };
}

function hostNames({ yaml, options }: Files, doors: readonly DoorDraft[]): HostNames {
  return {
    doors,
    interfaces: options.interface ?? yaml.fields.interface,
    interfacePlace: options.interfacePlace ?? yaml.place('interface'),
  };
}

/** Both files, or undefined if one of them is unusable: what the other one lacks may be in there. */
function readFiles(sources: ConfigSources, findings: Findings): Files | undefined {
  const { knockdConf, cwd } = sources;
  const sections = knockdConf === undefined ? undefined : knockdConfig(knockdConf, cwd, findings);
  const knockd = sections && knockdDoors(sections, cwd, findings);
  const yaml = yamlConfig(sources, findings);
  if (yaml === undefined || (knockdConf !== undefined && knockd === undefined)) return undefined;
  if ((knockd ?? yaml.doors).length === 0 && yaml.doors.length === 0) {
    const place = { file: knockdConf ?? yaml.file ?? '', line: 1, ...yaml.place('doors'), label: '' };
    // A door with a fault in its name or its shape is not counted, but it is there.
    const mayBeFaulty = findings.faults().length > 0 && (knockd !== undefined || yaml.place('doors') !== undefined);
    if (!mayBeFaulty) findings.fault(place, 'has no doors', 'write a door with its sequence, listen and upstream');
  }
  return { yaml, knockd, options: knockdOptions(sections ?? [], { cwd, yaml, findings }) };
}

function readDoors({ yaml, knockd }: Files, upstream: GivenUpstream | undefined, findings: Findings): DoorDraft[] {
  const drafts = mergeDoors({ knockd: knockd ?? [], yaml: yaml.doors }, findings);
  if (upstream !== undefined && drafts.length > 0 && drafts.every(({ places }) => places.has('upstream'))) {
    findings.warn(upstream.place, 'is not used: every door names its own upstream', 'leave it out');
  }
  const doors = drafts.map((draft) => completeDoor(draft, upstream, findings));
  checkDoors(doors, yaml, findings);
  return doors;
}
