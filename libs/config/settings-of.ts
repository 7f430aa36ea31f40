import { dirname, resolve } from 'node:path';
import type { DoorSettings } from './door-settings.js';
import type { Overrides } from './environment.js';
import type { KnockdOptions } from './knockd-options.js';
import type { ConsoleSettings, Limits, Settings } from './settings.js';
import { CONSOLE_ADDRESS } from './parse-console-listen.js';
import type { YamlConfig } from './yaml-config.js';
import type { SettingsFields } from './yaml-settings.js';

/** Of an attempt in Redis there are 200 bytes, of one in memory 32. */
const MAX_ATTEMPTS = { local: 1_000_000, shared: 100_000 } as const;

interface Parts {
  readonly files: readonly string[];
  readonly cwd: string;
  readonly yaml: YamlConfig;
  /** Of the knockd.conf. */
  readonly options: KnockdOptions;
  readonly overrides: Overrides;
  readonly doors: readonly DoorSettings[];
}

/** The settings that faultless parts make. File names in the yaml start at its own folder, wherever we were started. */
export function settingsOf({ files, cwd, yaml, options, overrides, doors }: Parts): Settings {
  const { fields, file } = yaml;
  const folder = file === undefined ? cwd : dirname(resolve(cwd, file));
  return {
    files,
    store: overrides.store ?? yaml.store,
    storeMaxStaleMs: fields.store_max_stale,
    capture: fields.capture,
    attempts: fields.attempts,
    interfaces: options.interface ?? fields.interface,
    runCommands: fields.run_commands,
    ignorePorts: fields.ignore_ports,
    user: fields.user,
    workers: fields.workers,
    control: fields.control === false || fields.control === 'off' ? undefined : resolve(folder, fields.control),
    console: consoleOf(fields.console, { folder, stateFolder: overrides.stateFolder }),
    healthFile: within(folder, fields.health_file),
    limits: limitsOf(fields.limits, fields.attempts),
    logLevel: overrides.logLevel ?? fields.log_level,
    useSyslog: options.usesyslog ?? fields.usesyslog,
    logFile: options.logfile ?? within(folder, fields.logfile),
    pidFile: options.pidfile ?? within(folder, fields.pidfile),
    doors,
  };
}

function consoleOf(
  fields: SettingsFields['console'],
  { folder, stateFolder }: { readonly folder: string; readonly stateFolder: string },
): ConsoleSettings | undefined {
  if (fields === 'off' || fields === false) return undefined;
  const preset = resolve(stateFolder, 'console.token');
  if (fields === undefined) return { listen: CONSOLE_ADDRESS, tokenFile: preset, isNamed: false };
  return { listen: fields.listen, tokenFile: within(folder, fields.token_file) ?? preset, isNamed: true };
}

function within(folder: string, file: string | undefined): string | undefined {
  return file === undefined ? undefined : resolve(folder, file);
}

function limitsOf(limits: SettingsFields['limits'], attempts: SettingsFields['attempts']): Limits {
  return {
    attempts: limits.attempts ?? MAX_ATTEMPTS[attempts],
    advancedAttempts: limits.advanced_attempts,
    journal: limits.journal,
    grants: limits.grants,
    connections: limits.connections,
    connectionsPerIp: limits.connections_per_ip,
    events: limits.events,
    commands: limits.commands,
    commandTimeMs: limits.command_time,
    headerTimeoutMs: limits.header_timeout,
    idleTimeoutMs: limits.idle_timeout,
  };
}
