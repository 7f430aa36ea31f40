import type { Overrides } from './environment.js';
import type { Findings } from './findings.js';
import type { YamlConfig } from './yaml-config.js';

/** Attempts that listeners share are in the Redis of the grants. */
export function checkAttempts(yaml: YamlConfig, overrides: Overrides, findings: Findings): void {
  const place = yaml.place('attempts');
  const store = overrides.store ?? yaml.store;
  if (yaml.fields.attempts !== 'shared' || place === undefined || store.kind !== 'memory') return;
  const instead = 'write store: redis://HOST:PORT (or set REDIS_URL), or attempts: local';
  findings.fault(place, 'shared needs a Redis, and store is memory', instead);
}
