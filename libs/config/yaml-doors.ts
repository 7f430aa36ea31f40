import { resolve } from 'node:path';
import { didYouMean } from './did-you-mean.js';
import type { DoorDraft, Fields } from './door-draft.js';
import { DOOR_NAME_FORM, isDoorName } from './door-name.js';
import { type DoorKey, doorSchema } from './door-schema.js';
import type { Findings } from './findings.js';
import type { Place } from './place.js';
import type { YamlDocument } from './yaml-document.js';
import type { SettingsFields } from './yaml-settings.js';

const KEYS = doorSchema.keyof().options;

/** The doors of knockgate.yaml. `doors` is what is right of them; the fault of a door that is not in there is told. */
export function yamlDoors(
  document: YamlDocument,
  doors: SettingsFields['doors'],
  { folder, findings }: { readonly folder: string; readonly findings: Findings },
): DoorDraft[] {
  const drafts: DoorDraft[] = [];
  // The document's doors, as a zod record drops `__proto__` without a word.
  const written = mapIn(mapIn(document.value), 'doors');
  for (const name of Object.keys(written)) {
    const place = document.place(['doors', name]);
    if (!isDoorName(name)) {
      findings.fault({ ...place, label: 'doors' }, 'this is not a name for a door', DOOR_NAME_FORM);
    } else if (doors !== undefined && Object.hasOwn(doors, name)) {
      const places = placesOf(Object.keys(mapIn(written, name)), { name, document });
      drafts.push({ name, place, fields: withPaths(doors[name]!, folder), places });
    }
  }
  return drafts;
}

/** File names start at the folder of the yaml, wherever we were started. */
function withPaths(fields: Fields, folder: string): Fields {
  const file = fields.one_time_sequences;
  return file === undefined ? fields : { ...fields, one_time_sequences: resolve(folder, file) };
}

/** A mistyped key counts as said: one mistake should not also be a missing key. */
function placesOf(
  keys: readonly string[],
  { name, document }: { readonly name: string; readonly document: YamlDocument },
): Map<DoorKey, Place> {
  const places = new Map<DoorKey, Place>();
  const { label } = document.place(['doors', name]);
  for (const key of keys) {
    const meant = didYouMean(key, KEYS);
    if (meant === undefined || (meant !== key && places.has(meant))) continue;
    places.set(meant, { ...document.place(['doors', name, key]), label: `${label}.${meant}` });
  }
  return places;
}

/** The map itself, or its value for the key; an empty map if that is none. */
function mapIn(value: unknown, key?: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const map: Record<string, unknown> = Object.fromEntries(Object.entries(value));
  return key === undefined ? map : mapIn(map[key]);
}
