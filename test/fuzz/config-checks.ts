import type { Fault } from '../../libs/config/fault.js';
import { formatFault } from '../../libs/config/format-fault.js';
import type { Loaded } from '../../libs/config/load-settings.js';
import { must } from './must.js';

/** What holds of every outcome: settings with a door or faults, each in one line, with a line that its file has. */
export function checkLoaded(loaded: Loaded, texts: Readonly<Record<string, string>>): void {
  if (loaded.kind === 'settings') must('settings have a door', loaded.settings.doors.length > 0);
  else must('a config that is refused has a fault', loaded.faults.length > 0);
  checkFaults(loaded.kind === 'settings' ? loaded.warnings : loaded.faults, texts);
}

export function checkFaults(faults: readonly Fault[], texts: Readonly<Record<string, string>>): void {
  for (const fault of faults) {
    const { file, line } = fault;
    const lines = texts[file]?.split('\n').length ?? 1;
    must('a fault names a line of its file', Number.isInteger(line) && line >= 1 && line <= lines, fault);
    must('a fault is one line', /^\P{Cc}+:\d+: \P{Cc}+; \P{Cc}+$/u.test(formatFault(fault)), fault);
  }
}
