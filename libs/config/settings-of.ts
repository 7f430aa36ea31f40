import { dirname, resolve } from 'node:path';
import type { DoorSettings } from './door-settings.js';
import type { Overrides } from './environment.js';
import type { KnockdOptions } from './knockd-options.js';
import type { Limits, Settings } from './settings.js';
import type { YamlConfig } from './yaml-config.js';
import type { SettingsFields } from './yaml-settings.js';

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
    interfaces: options.interface ?? fields.interface,
    runCommands: fields.run_commands,
    ignorePorts: fields.ignore_ports,
    user: fields.user,
    workers: fields.workers,
    console: fields.console && {
      listen: fields.console.listen,
      tokenFile: resolve(folder, fields.console.token_file),
    },
    control: fields.control === false ? undefined : resolve(folder, fields.control),
    healthFile: within(folder, fields.health_file),
    limits: limitsOf(fields.limits),
    logLevel: overrides.logLevel ?? fields.log_level,
    useSyslog: options.usesyslog ?? fields.usesyslog,
    logFile: options.logfile ?? within(folder, fields.logfile),
    pidFile: options.pidfile ?? within(folder, fields.pidfile),
    doors,
  };
}

function within(folder: string, file: string | undefined): string | undefined {
  return file === undefined ? undefined : resolve(folder, file);
}

function limitsOf(limits: SettingsFields['limits']): Limits {
  return {
    attempts: limits.attempts,
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
