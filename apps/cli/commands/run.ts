import type { Command } from 'commander';
import { type ConfigOptions, readSettings, withConfig } from '../config-options.js';
import { say } from '../say.js';
import type { Role } from '../start-process.js';
import { knockHints } from '../knock-hints.js';

/** Adds `up`, `listen` and `serve`. */
export function addRun(program: Command): void {
  add(program, ['listener', 'gateway'], 'up', 'run everything in one process, for a single host');
  add(program, ['listener'], 'listen', 'hear knocks and write grants; wants CAP_NET_RAW, opens no port');
  add(program, ['gateway'], 'serve', 'open the doors to whoever has a live grant; wants no rights');
}

function add(program: Command, roles: readonly Role[], name: string, description: string): void {
  withConfig(program.command(name).description(description))
    .option('--upstream <url>', 'what is behind the doors that name nothing')
    .addHelpText('after', '\nSIGHUP re-reads the config; SIGTERM and SIGINT end it within 2 s.')
    .action((options: ConfigOptions) => run(roles, options));
}

async function run(roles: readonly Role[], options: ConfigOptions): Promise<void> {
  const wishes = { ...options, hears: roles.includes('listener') };
  const settings = readSettings(wishes, say);
  const { startProcess } = await import('../start-process.js'); // with all of Nest, which other commands don't need
  await startProcess({ roles, settings, wishes });
  if (roles.length > 1) for (const line of knockHints(settings, process.stderr.isTTY)) say(line);
}
