import type { Command } from 'commander';
import type { Loaded } from '#config';
import { withTexts } from '../command-texts.js';
import { accepted, type ConfigOptions, loadConfig, withConfig } from '../config-options.js';
import { print, say } from '../say.js';

interface CheckOptions extends ConfigOptions {
  readonly json?: boolean;
}

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('check a config: every fault and warning as FILE:LINE: what; what instead')
    .option('--upstream <url>', 'what is behind the doors that name nothing')
    .option('--json', 'print the result as JSON, faults and warnings included');
  withTexts(withConfig(command), {
    details: ['Warns also of sequences that are easily guessed.'],
    examples: ['knockgate check', 'knockgate check --config /etc/knockgate/knockgate.yaml --json'],
    exit: { 0: 'valid', 2: 'not' },
  }).action((options: CheckOptions) => check(options));
}

async function check({ json = false, ...options }: CheckOptions): Promise<void> {
  const { servedPorts } = await import('../../listener/index.js'); // with all of Nest, which other commands don't need
  const loaded = loadConfig({ ...options, hears: true, served: await servedPorts() });
  if (json) print(JSON.stringify(asJson(loaded)));
  const { files, doors } = accepted(loaded, say);
  if (!json) print(`${files.join(', ')}: valid; doors: ${doors.map(({ name }) => name).join(', ')}`);
}

function asJson(loaded: Loaded): object {
  if (loaded.kind === 'faults') return { valid: false, faults: loaded.faults };
  const { settings, warnings } = loaded;
  return { valid: true, files: settings.files, doors: settings.doors.map(({ name }) => name), warnings };
}
