import type { Fault, Loaded } from '#config';
import { type Finding, findingsOn } from './finding.js';

const { ok, warning, fault, skipped } = findingsOn('config');

/** What `check` would say. */
export function checkConfig(loaded: Loaded): Finding[] {
  if (loaded.kind === 'faults') {
    const faults = loaded.faults.map((each) => fault(placed(each), each.instead));
    return [...faults, skipped('everything else is looked at once the config is right')];
  }
  const { settings, warnings } = loaded;
  const doors = settings.doors.map(({ name }) => name).join(', ');
  const valid = ok(`${settings.files.join(', ')}: valid; doors: ${doors}`);
  return [valid, ...warnings.map((each) => warning(placed(each), each.instead))];
}

function placed({ file, line, what }: Fault): string {
  return `${file}:${line}: ${what}`;
}
