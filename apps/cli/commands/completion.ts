import { readFileSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import { withTexts } from '../command-texts.js';
import { completeLine, type NamedConfig } from '../completion/complete-line.js';
import { loadConfig } from '../config-options.js';
import { print } from '../say.js';

/** Adds `completion`, and what its scripts ask. */
export function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .description('print a script that completes commands, options and doors in a shell')
    .addArgument(new Argument('<shell>', 'which one').choices(['bash', 'zsh', 'fish']))
    .action((shell: string) => {
      process.stdout.write(readFileSync(new URL(`../completion/knockgate.${shell}`, import.meta.url), 'utf8'));
    });
  withTexts(command, {
    details: ['The doors come from the config that the command line names, or the one that would be read without.'],
    examples: [
      'knockgate completion bash > /etc/bash_completion.d/knockgate',
      'knockgate completion zsh > /usr/local/share/zsh/site-functions/_knockgate',
      'knockgate completion fish > ~/.config/fish/completions/knockgate.fish',
    ],
    exit: { 0: 'printed', 2: 'wrong usage' },
  });
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => complete(program, words));
}

/** The kind of what is wanted, then a line for each candidate: it, a tab, and what it does. */
function complete(program: Command, words: readonly string[]): void {
  const completion = completeLine(program, words, doorNames);
  print(completion.kind);
  if (completion.kind === 'files') return;
  for (const { text, about } of completion.words) print(`${text}\t${about}`);
}

/** None where the config has faults: there is no place to tell them. */
function doorNames(named: NamedConfig): string[] {
  const loaded = loadConfig(named);
  return loaded.kind === 'faults' ? [] : loaded.settings.doors.map(({ name }) => name);
}
