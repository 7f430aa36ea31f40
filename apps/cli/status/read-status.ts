import type { DoorSettings, RedisSettings, Settings } from '#config';
import {
  type AuditEntry,
  type Grant,
  type GrantStore,
  monotonicMs,
  type ProcessReport,
  StoreUnavailable,
} from '#grants';
import { withOpenStore } from '../store-session.js';

/** How far back the last open and the last failed attempt are looked for, in entries of the audit trail. */
const LOOK_BACK = 1000;
const PINGS = 5;

export type StoreStatus =
  | { readonly kind: 'memory' }
  | ({ readonly kind: RedisSettings['kind'] } & (
      ReachedStore | { readonly reachable: false; readonly reason: string }
    ));

interface ReachedStore {
  readonly reachable: true;
  readonly name: string;
  /** HOST:PORT of each that has keys. */
  readonly servers: readonly string[];
  readonly answer_ms: number;
}

/** An entry of the audit trail, and its age by the store's clock. */
export interface LastEntry {
  readonly seconds_ago: number;
  readonly fields: AuditEntry;
}

/** What the store knows of a door. */
export interface DoorActivity {
  /** Soonest to end first. */
  readonly grants: readonly { readonly ip: string; readonly seconds_left: number }[];
  readonly last_open: LastEntry | null;
  readonly last_failed: LastEntry | null;
}

export interface DoorStatus {
  readonly door: DoorSettings;
  /** Undefined where the store cannot be asked. */
  readonly activity: DoorActivity | undefined;
}

export interface Status {
  readonly store: StoreStatus;
  /** What they say of themselves, and the time by the store's clock; undefined where the store cannot be asked. */
  readonly processes: { readonly reports: readonly ProcessReport[]; readonly nowMs: number } | undefined;
  readonly doors: readonly DoorStatus[];
}

const OPENS: readonly unknown[] = ['opened', 'extended'];
const FAILURES: readonly unknown[] = ['voided', 'sequence_timeout'];

/** What config and store say; a store that is away is part of the answer. */
export async function readStatus(settings: Settings): Promise<Status> {
  const unknown = settings.doors.map((door) => ({ door, activity: undefined }));
  const { kind } = settings.store;
  if (kind === 'memory') return { store: { kind }, processes: undefined, doors: unknown };
  try {
    return await withOpenStore(settings, (store) => ask(store, kind, settings.doors));
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    const store = { kind, reachable: false, reason: error.message } as const;
    return { store, processes: undefined, doors: unknown };
  }
}

async function ask(store: GrantStore, kind: RedisSettings['kind'], doors: readonly DoorSettings[]): Promise<Status> {
  const answerMs = await medianPingMs(store);
  const { name, servers, nowMs } = await store.facts();
  const reports = await store.reports();
  const grants = await store.list(doors.map((door) => door.name));
  const trails = await Promise.all(doors.map((door) => store.events(door.name, LOOK_BACK)));
  const status = doors.map((door, i) => ({ door, activity: activityOf(door, { grants, trail: trails[i]!, nowMs }) }));
  const found = { kind, reachable: true, name, servers, answer_ms: answerMs } as const;
  return { store: found, processes: { reports, nowMs }, doors: status };
}

interface Known {
  readonly grants: readonly Grant[];
  /** Newest first. */
  readonly trail: readonly AuditEntry[];
  readonly nowMs: number;
}

function activityOf({ name }: DoorSettings, { grants, trail, nowMs }: Known): DoorActivity {
  const last = (kinds: readonly unknown[]): LastEntry | null => {
    const fields = trail.find(({ event }) => kinds.includes(event));
    if (fields === undefined) return null;
    return { seconds_ago: Math.max(0, Math.round((nowMs - Date.parse(fields['at']!)) / 1000)), fields };
  };
  const live = grants.filter(({ door }) => door === name).toSorted((x, y) => x.deadlineMs - y.deadlineMs);
  const left = ({ deadlineMs }: Grant): number => Math.max(0, Math.ceil((deadlineMs - monotonicMs()) / 1000));
  return {
    grants: live.map((grant) => ({ ip: grant.ip, seconds_left: left(grant) })),
    last_open: last(OPENS),
    last_failed: last(FAILURES),
  };
}

/** The first answers come from a process that has just started. */
async function medianPingMs(store: GrantStore): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < PINGS; i += 1) {
    const startedMs = monotonicMs();
    await store.ping();
    times.push(monotonicMs() - startedMs);
  }
  return times.toSorted((x, y) => x - y)[Math.floor(PINGS / 2)]!;
}
