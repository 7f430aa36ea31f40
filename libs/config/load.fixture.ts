import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Step } from '#knock';
import type { ConfigSources } from './config-sources.js';
import type { DoorSettings } from './door-settings.js';
import { formatFault } from './format-fault.js';
import { type Loaded, loadSettings } from './load-settings.js';
import type { Settings } from './settings.js';

/** What a spec says instead of files: their texts. */
export interface Texts {
  readonly yaml?: string;
  readonly conf?: string;
  readonly upstream?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export const YAML = 'knockgate.yaml';
export const CONF = 'knockd.conf';

/** Runs in a new folder that is gone afterwards. */
export function inFolder<T>(run: (cwd: string) => T): T {
  const cwd = mkdtempSync(join(tmpdir(), 'knockgate-'));
  try {
    return run(cwd);
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/** Writes files of these names and texts. */
export function withFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** loadSettings over knockgate.yaml and knockd.conf with these texts. */
export function load({ yaml, conf, upstream, env = {} }: Texts): Loaded {
  return inFolder((cwd) => {
    if (yaml !== undefined) withFiles(cwd, { [YAML]: yaml });
    if (conf !== undefined) withFiles(cwd, { [CONF]: conf });
    const sources: ConfigSources = {
      ...(yaml === undefined ? {} : { configFile: YAML }),
      ...(conf === undefined ? {} : { knockdConf: CONF }),
      ...(upstream === undefined ? {} : { upstream }),
      env,
      cwd,
    };
    return loadSettings(sources);
  });
}

/** Every fault, or every warning where there is no fault, as a person sees it. */
export function linesOf(loaded: Loaded): string[] {
  return (loaded.kind === 'faults' ? loaded.faults : loaded.warnings).map(formatFault);
}

/** The recipe, "port knocking HTTP", which must work unchanged. */
export const RECIPE = `[options]
        UseSyslog
[HTTP]
        sequence      = 6000,7000,8000,9000
        tcpflags      = syn
        seq_timeout   = 45
        start_command = /sbin/iptables -I INPUT 1 -s %IP% -p tcp --dport 80 -j ACCEPT
        cmd_timeout   = 59
        stop_command  = /sbin/iptables -D INPUT -s %IP% -p tcp --dport 80 -j ACCEPT
`;

/** The least that knockgate.yaml can say. */
export const MINIMAL =
  'doors:\n  HTTP:\n    sequence: 7001,6002\n    listen: 127.0.0.1:80\n    upstream: http://127.0.0.1:8081\n';

/** The settings, or an error that tells the faults. */
export function settingsOf(texts: Texts): Settings {
  const loaded = load(texts);
  if (loaded.kind === 'faults') throw new Error(linesOf(loaded).join('\n'));
  return loaded.settings;
}

/** The only door there is. */
export function doorOf(texts: Texts): DoorSettings {
  const { doors } = settingsOf(texts);
  const [door] = doors;
  if (door === undefined || doors.length > 1) throw new Error(`${doors.length} doors`);
  return door;
}

export function tcp(...ports: readonly number[]): Step[] {
  return ports.map((port) => ({ port, protocol: 'tcp' }));
}
