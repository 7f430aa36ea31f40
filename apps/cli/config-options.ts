import type { Command } from 'commander';
import { type ConfigSources, formatFault, loadSettings, type Settings } from '#config';
import { ConfigRefused } from './command-failed.js';

/** The options by which a command names its config. */
export interface ConfigOptions {
  readonly config?: string;
  readonly knockdConf?: string;
  readonly upstream?: string;
}

/** Adds --config and --knockd-conf. */
export function withConfig(command: Command): Command {
  return command
    .option(
      '--config <file>',
      'knockgate.yaml (default: $KNOCKGATE_CONFIG, ./knockgate.yaml, /etc/knockgate/knockgate.yaml)',
    )
    .option('--knockd-conf <file>', "take the doors from knockd's config file");
}

/** The settings, or a refusal with every fault in the files. Warnings go to `warn`. */
export function readSettings(
  options: ConfigOptions & Pick<ConfigSources, 'hears'>,
  warn: (line: string) => void,
): Settings {
  const { config, knockdConf, upstream, hears = false } = options;
  const sources: ConfigSources = {
    ...(config === undefined ? {} : { configFile: config }),
    ...(knockdConf === undefined ? {} : { knockdConf }),
    ...(upstream === undefined ? {} : { upstream }),
    hears,
    env: process.env,
    cwd: process.cwd(),
  };
  const loaded = loadSettings(sources);
  if (loaded.kind === 'faults') throw new ConfigRefused(loaded.faults.map(formatFault));
  for (const warning of loaded.warnings) warn(formatFault(warning));
  return loaded.settings;
}
