import { dirname, resolve } from 'node:path';
import { configFile } from './config-file.js';
import type { ConfigSources } from './config-sources.js';
import type { DoorDraft } from './door-draft.js';
import type { Findings } from './findings.js';
import type { Place } from './place.js';
import { readText } from './read-text.js';
import type { StoreSettings } from './settings.js';
import { settingsSchema } from './settings-schema.js';
import { storeFiles } from './store-files.js';
import { yamlDoors } from './yaml-doors.js';
import { YamlDocument } from './yaml-document.js';
import { type SettingsFields, yamlSettings } from './yaml-settings.js';

/** What knockgate.yaml says, or the presets where none is asked for. */
export interface YamlConfig {
  readonly file: string | undefined;
  readonly fields: SettingsFields;
  readonly store: StoreSettings;
  readonly doors: readonly DoorDraft[];
  /** The place of a key at the top, undefined if it is not said. */
  readonly place: (key: keyof SettingsFields) => Place | undefined;
}

/** Undefined if there is nothing to go on with; why is told. */
export function yamlConfig(sources: ConfigSources, findings: Findings): YamlConfig | undefined {
  const choice = configFile(sources);
  switch (choice.kind) {
    case 'file':
      return fromFile(choice.file, sources.cwd, findings);
    case 'none':
      return noYaml();
    case 'missing':
      findings.fault(
        { file: 'knockgate.yaml', line: 1, label: '' },
        'there is no config file, neither here nor in /etc/knockgate',
        'write one, or name one with --config FILE or --knockd-conf FILE',
      );
      return undefined;
    default:
      return choice satisfies never;
  }
}

/** What a knockd.conf alone goes with: the presets. */
export function noYaml(): YamlConfig {
  const store = { kind: 'memory' } as const;
  return { file: undefined, fields: settingsSchema.parse({}), store, doors: [], place: () => undefined };
}

function fromFile(file: string, cwd: string, findings: Findings): YamlConfig | undefined {
  const text = readText(file, cwd);
  if (text.kind === 'wrong') {
    for (const { what, instead } of text.flaws) findings.fault({ file, line: 1, label: '' }, what, instead);
    return undefined;
  }
  const document = YamlDocument.read(file, text.value, findings);
  const fields = document === undefined ? undefined : yamlSettings(document, findings);
  if (document === undefined || fields === undefined) return undefined;
  const folder = dirname(resolve(cwd, file));
  const { store } = fields;
  return {
    file,
    fields,
    store: 'servers' in store ? storeFiles(store, { folder, document, findings }) : store,
    doors: yamlDoors(document, fields.doors, { folder, findings }),
    place: (key) => (document.has([key]) ? document.place([key]) : undefined),
  };
}
