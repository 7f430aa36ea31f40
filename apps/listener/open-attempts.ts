import { randomInt } from 'node:crypto';
import type { Settings } from '#config';
import { type AttemptKeeper, AttemptTable, type PacketJournal } from '#knock';
import type { EventLog, Metrics } from '#telemetry';
import { SharedAttempts } from './shared-attempts.js';

export interface AttemptParts {
  readonly journal: PacketJournal;
  readonly log: EventLog;
  readonly metrics: Metrics;
}

/** Who keeps the attempts, as the config has it: this process alone, or with the other listeners. */
export function openAttempts(settings: Settings, { journal, log, metrics }: AttemptParts): AttemptKeeper {
  const { store, attempts } = settings;
  const limits = { first: settings.limits.attempts, advanced: settings.limits.advancedAttempts };
  if (attempts === 'local' || store.kind === 'memory') {
    const table = new AttemptTable(limits, randomInt(2 ** 32), journal);
    metrics.read('knockgate_attempts_open', () => byKind(table));
    return table;
  }
  const shared = new SharedAttempts({ store, limits, journal, log });
  metrics.read('knockgate_shared_attempts_open', () => byKind(shared));
  metrics.read('knockgate_packets_untold_total', () => shared.untold);
  return shared;
}

function byKind({ sizes: { first, advanced } }: AttemptKeeper) {
  return [
    [{ kind: 'first' }, first],
    [{ kind: 'advanced' }, advanced],
  ] as const;
}
