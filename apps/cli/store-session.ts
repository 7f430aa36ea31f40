import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from '#config';
import { type GrantStore, monotonicMs, openStore, StoreUnavailable, type Unconfirmed } from '#grants';
import { describeEvent } from '#telemetry';
import { CommandFailed } from './command-failed.js';
import { type ConfigOptions, readSettings } from './config-options.js';
import { say } from './say.js';

const REACH_WITHIN_MS = 3000;
const RETRY_MS = 50;

/** Runs something with the config's store, once it is reached, and closes it. */
export async function withStore<T>(
  options: ConfigOptions,
  use: (store: GrantStore, settings: Settings) => Promise<T>,
): Promise<T> {
  const settings = readSettings(options, say);
  if (settings.store.kind === 'memory') {
    const cure = 'name a Redis in the config (store: redis://127.0.0.1:6379) or in REDIS_URL';
    throw new CommandFailed([`store: memory: its grants live inside the process that made them; ${cure}`], 2);
  }
  try {
    return await withOpenStore(settings, (store) => use(store, settings));
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    throw new CommandFailed([`store unreachable: ${error.message}`], 1, { cause: error });
  }
}

/** The same, for who knows what to do where it cannot be reached. @throws StoreUnavailable */
export async function withOpenStore<T>(settings: Settings, use: (store: GrantStore) => Promise<T>): Promise<T> {
  const { store: servers, limits } = settings;
  const store = openStore({ store: servers, maxEvents: limits.events, unconfirmed: tellOf });
  try {
    await reach(store);
    return await use(store);
  } finally {
    await store.close();
  }
}

/** A revocation that a failover may undo is not all that was asked for: a script is to notice. */
function tellOf(what: Unconfirmed): void {
  say(describeEvent({ event: 'replicas_behind', ...what }).msg);
  if (what.what === 'revocation') process.exitCode = 1;
}

async function reach(store: GrantStore): Promise<void> {
  const deadlineMs = monotonicMs() + REACH_WITHIN_MS;
  for (;;) {
    try {
      return await store.ping();
    } catch (error) {
      if (monotonicMs() > deadlineMs) throw error;
      await delay(RETRY_MS);
    }
  }
}
