import type { z } from 'zod';
import type { Findings } from './findings.js';
import { issueFlaw } from './issue-flaw.js';
import type { Flaw } from './parsed.js';
import { knownKeys, settingsSchema } from './settings-schema.js';
import { unknownKey } from './unknown-key.js';
import type { YamlDocument } from './yaml-document.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Every key of knockgate.yaml with its value, read, presets included. */
export type SettingsFields = z.output<typeof settingsSchema>;

/**
 * What the document says, less the keys that are wrong (their faults are told), so that the right ones can still be
 * checked against each other. Undefined if it is not a map.
 */
export function yamlSettings(document: YamlDocument, findings: Findings): SettingsFields | undefined {
  const value: unknown = structuredClone(document.value ?? {});
  // Every round removes at least one key.
  for (;;) {
    const result = settingsSchema.safeParse(value);
    if (result.success) return result.data;
    const issues = result.error.issues.flatMap(innermost);
    for (const issue of issues) tell(issue, { document, value, findings });
    const paths = issues.flatMap(pathsOf);
    if (!remove(value, paths)) return undefined;
  }
}

function tell(issue: Issue, { document, value, findings }: Context): void {
  for (const path of pathsOf(issue)) {
    const { what, instead } = flawAt(issue, { path, value });
    // An unknown key is no part of the label: unknownKey decides whether it can be shown.
    const { label } = document.place(issue.path);
    findings.fault({ ...document.place(path), label }, what, instead);
  }
}

interface Context {
  readonly document: YamlDocument;
  readonly value: unknown;
  readonly findings: Findings;
}

/** Of a union the issues of the one branch that got further than the type of the whole value: the list's, or the map's. */
function innermost(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branch = issue.errors.find((issues) => issues.every(isWithin));
  if (branch === undefined) return [issue];
  return branch.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }));
}

function isWithin({ path, code }: Issue): boolean {
  return path.length > 0 || code === 'unrecognized_keys';
}

function pathsOf(issue: Issue): PropertyKey[][] {
  if (issue.code !== 'unrecognized_keys') return [issue.path];
  return issue.keys.map((key) => [...issue.path, key]);
}

function flawAt(issue: Issue, { path, value }: { readonly path: Path; readonly value: unknown }): Flaw {
  if (issue.code !== 'unrecognized_keys') return issueFlaw(issue, valueAt(value, path));
  const key = String(path.at(-1));
  if (issue.path.length === 0 && knownKeys(['doors', '']).includes(key)) {
    return { what: `"${key}" is a key of a door`, instead: 'write it under doors: and the name of the door, indented' };
  }
  return unknownKey(key, knownKeys(issue.path));
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => (isObject(inner) ? inner[step] : undefined), value);
}

interface Entry {
  readonly owner: object;
  readonly key: PropertyKey;
}

/** False if one of them is the whole value. All are looked up before the first goes: two paths may end at one key. */
function remove(value: unknown, paths: readonly Path[]): boolean {
  const entries = paths.map((path) => innermostEntry(value, path)).filter((entry) => entry !== undefined);
  for (const { owner, key } of entries) Reflect.deleteProperty(owner, key);
  return entries.length === paths.length;
}

/**
 * The innermost map key on a path: of a list with a wrong item nothing is used, nor of a map that lacks a key, nor of a
 * store, of which the rest would be another one.
 */
function innermostEntry(value: unknown, path: Path): Entry | undefined {
  let found: Entry | undefined;
  let inner = value;
  for (const key of path[0] === 'store' ? path.slice(0, 1) : path) {
    if (!isObject(inner) || Array.isArray(inner) || !Object.hasOwn(inner, key)) break;
    found = { owner: inner, key };
    inner = inner[key];
  }
  return found;
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}
