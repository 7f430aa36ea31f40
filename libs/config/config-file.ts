import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigSources } from './config-sources.js';

const LOCAL_FILE = 'knockgate.yaml';
const SYSTEM_FILE = '/etc/knockgate/knockgate.yaml';

/** Which knockgate.yaml is meant. `none`: there is a knockd.conf, and no one named a yaml to go with it. */
export type ConfigFile = { readonly kind: 'file'; readonly file: string } | { readonly kind: 'none' | 'missing' };

/** `systemFile` is where the machine's own config is; specs look elsewhere. */
export function configFile(sources: ConfigSources, systemFile = SYSTEM_FILE): ConfigFile {
  const { knockdConf, env, cwd } = sources;
  // An empty variable is how compose files and unit files say "unset".
  const named = sources.configFile ?? (env['KNOCKGATE_CONFIG'] || undefined);
  if (named !== undefined) return { kind: 'file', file: named };
  if (knockdConf !== undefined) return { kind: 'none' };
  if (existsSync(join(cwd, LOCAL_FILE))) return { kind: 'file', file: LOCAL_FILE };
  return existsSync(systemFile) ? { kind: 'file', file: systemFile } : { kind: 'missing' };
}
