import type { Command } from 'commander';
import { CommandFailed } from './command-failed.js';

/** Has the command say what was likely meant by an argument too many: a config file, which an option names. */
export function explainExcess(command: Command): Command {
  return command.allowExcessArguments().hook('preAction', (_hooked, called) => {
    const { registeredArguments: takes, args } = called;
    const [excess] = takes.at(-1)?.variadic === true ? [] : args.slice(takes.length);
    if (excess !== undefined) throw new CommandFailed([tooMany(called, excess)], 2);
  });
}

function tooMany(command: Command, excess: string): string {
  const count = command.registeredArguments.length;
  const takes = count === 0 ? 'takes no argument' : `takes ${count} ${count === 1 ? 'argument' : 'arguments'}`;
  const cure = looksLikeFile(excess)
    ? fileHint(excess)
    : "a config file is named by --config, knockd's own by --knockd-conf";
  return `${command.name()} ${takes}; ${cure}`;
}

export function looksLikeFile(word: string): boolean {
  return word.includes('/') || /\.(?:ya?ml|conf|cfg|json)$/u.test(word);
}

/** How to name this file. */
export function fileHint(file: string): string {
  return `a config file is named by an option: ${/\.(?:conf|cfg)$/u.test(file) ? '--knockd-conf' : '--config'} ${file}`;
}
