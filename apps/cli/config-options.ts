import type { Command } from 'commander';
import { type ConfigSources, formatFault, type Loaded, loadSettings, type Settings } from '#config';
import { ConfigRefused } from './command-failed.js';
import { explainExcess } from './excess-arguments.js';

/** The options by which a command names its config. */
export interface ConfigOptions {
  readonly config?: string;
  readonly knockdConf?: string;
  readonly upstream?: string;
}

/** Adds --config and --knockd-conf, and who forgets to write them is told. */
export function withConfig(command: Command): Command {
  return explainExcess(command)
    .option(
      '--config <file>',
      'knockgate.yaml (default: $KNOCKGATE_CONFIG, ./knockgate.yaml, /etc/knockgate/knockgate.yaml)',
    )
    .option('--knockd-conf <file>', "take the doors from knockd's config file");
}

/** What else a command asks of a config. */
export type ConfigWishes = ConfigOptions & Pick<ConfigSources, 'hears' | 'served'>;

/** The settings, or a refusal with every fault in the files. Warnings go to `warn`. */
export function readSettings(wishes: ConfigWishes, warn: (line: string) => void): Settings {
  return accepted(loadConfig(wishes), warn);
}

/** What the files say, faults included. */
export function loadConfig({ config, ...wishes }: ConfigWishes): Loaded {
  const named = config === undefined ? {} : { configFile: config };
  return loadSettings({ ...wishes, ...named, env: process.env, cwd: process.cwd() });
}

/** The settings, once the warnings are told. @throws ConfigRefused with every fault */
export function accepted(loaded: Loaded, warn: (line: string) => void): Settings {
  if (loaded.kind === 'faults') throw new ConfigRefused(loaded.faults.map(formatFault));
  for (const warning of loaded.warnings) warn(formatFault(warning));
  return loaded.settings;
}
