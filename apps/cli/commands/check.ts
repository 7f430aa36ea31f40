import type { Command } from 'commander';
import { type ConfigOptions, readSettings, withConfig } from '../config-options.js';
import { print, say } from '../say.js';

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('check a config: every fault as FILE:LINE: what; what instead')
    .option('--upstream <url>', 'what is behind the doors that name nothing')
    .option('--json', 'print the result as JSON');
  withConfig(command)
    .addHelpText('after', '\nExit status: 0 valid, 2 not.')
    .action((options: ConfigOptions & { readonly json?: boolean }) => {
      const { files, doors } = readSettings({ ...options, hears: true }, say);
      if (options.json === true) print(JSON.stringify({ valid: true, files, doors: doors.map(({ name }) => name) }));
      else print(`${files.join(', ')}: valid; doors: ${doors.map(({ name }) => name).join(', ')}`);
    });
}
