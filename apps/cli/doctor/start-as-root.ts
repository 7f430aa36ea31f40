import type { Subject } from './check.js';
import { shellWord } from './shell-word.js';

/** The command line by which root starts it: it gives up of that what it does not need. */
export function startAsRoot({ command, options }: Pick<Subject, 'command' | 'options'>): string {
  const { config, knockdConf, upstream } = options;
  const named = { '--config': config, '--knockd-conf': knockdConf, '--upstream': upstream };
  const words = Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [name, shellWord(value)]));
  return ['sudo', 'knockgate', command, ...words].join(' ');
}
