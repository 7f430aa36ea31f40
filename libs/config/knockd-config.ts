import type { DoorDraft } from './door-draft.js';
import type { Findings } from './findings.js';
import { readKnockdConf } from './knockd-conf.js';
import { knockdDoors } from './knockd-doors.js';
import { readText } from './read-text.js';

/** The doors of the knockd.conf called `file`; undefined if it cannot be read, which is told. */
export function knockdConfig(file: string, cwd: string, findings: Findings): readonly DoorDraft[] | undefined {
  const text = readText(file, cwd);
  if (text.kind === 'ok') return knockdDoors(readKnockdConf(file, text.value, findings), findings);
  for (const { what, instead } of text.flaws) findings.fault({ file, line: 1, label: '' }, what, instead);
  return undefined;
}
