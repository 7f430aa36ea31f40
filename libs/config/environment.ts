import { resolve } from 'node:path';
import type { ConfigSources } from './config-sources.js';
import type { Findings } from './findings.js';
import { parseStore } from './parse-store.js';
import { readText } from './read-text.js';
import type { Place } from './place.js';
import type { LogLevel, StoreSettings } from './settings.js';

/** What the environment overrides; undefined where it is silent, or wrong, which is told. */
export interface Overrides {
  readonly store: StoreSettings | undefined;
  readonly logLevel: LogLevel | undefined;
  /** Absolute. Where a process keeps what must outlive it. */
  readonly stateFolder: string;
}

const STATE_FOLDER = '/var/lib/knockgate';
const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export function environment(sources: ConfigSources, findings: Findings): Overrides {
  return {
    store: storeFrom(sources, findings),
    logLevel: logLevelFrom(sources, findings),
    stateFolder: resolve(sources.cwd, sources.env['STATE_DIRECTORY'] || STATE_FOLDER),
  };
}

function storeFrom({ env, cwd }: ConfigSources, findings: Findings): StoreSettings | undefined {
  const url = env['REDIS_URL'] || undefined;
  const file = env['REDIS_URL_FILE'] || undefined;
  if (url !== undefined && file !== undefined) {
    findings.fault(variable('REDIS_URL'), 'REDIS_URL_FILE is set too', 'set one of the two');
    return undefined;
  }
  if (url !== undefined) return storeIn(url, variable('REDIS_URL'), findings);
  if (file === undefined) return undefined;
  const place = { file, line: 1, label: '' };
  const text = readText(file, cwd);
  if (text.kind === 'ok') return storeIn(text.value, place, findings);
  for (const { what, instead } of text.flaws) findings.fault(place, what, instead);
  return undefined;
}

function storeIn(text: string, place: Place, findings: Findings): StoreSettings | undefined {
  const store = parseStore(text);
  if (store.kind === 'ok') return store.value;
  for (const { what, instead } of store.flaws) findings.fault(place, what, instead);
  return undefined;
}

function logLevelFrom({ env }: ConfigSources, findings: Findings): LogLevel | undefined {
  const text = env['KNOCKGATE_LOG_LEVEL'] || undefined;
  if (text === undefined) return undefined;
  const level = LEVELS.find((each) => each === text.trim().toLowerCase());
  if (level === undefined) {
    findings.fault(variable('KNOCKGATE_LOG_LEVEL'), 'is not a log level', `use ${LEVELS.join(', ')}`);
  }
  return level;
}

/** A variable is a file of one line to a fault. */
function variable(name: string): Place {
  return { file: name, line: 1, label: '' };
}
