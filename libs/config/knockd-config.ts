import type { Findings } from './findings.js';
import { type KnockdSection, readKnockdConf } from './knockd-conf.js';
import { readText } from './read-text.js';

/** The sections of the knockd.conf called `file`; undefined if it cannot be read, which is told. */
export function knockdConfig(file: string, cwd: string, findings: Findings): readonly KnockdSection[] | undefined {
  const text = readText(file, cwd);
  if (text.kind === 'ok') return readKnockdConf(file, text.value, findings);
  for (const { what, instead } of text.flaws) findings.fault({ file, line: 1, label: '' }, what, instead);
  return undefined;
}
