import type {
  Attempt,
  Changes,
  Door,
  Grant,
  ProcessReport,
  Pulse,
  Rates,
  RatesAt,
  Source,
  State,
  StoreReport,
  TrailEvent,
} from './api-types.js';
import { type ByDoor, type DoorChanges, changeByDoor } from './by-door.js';
import { newestFirst } from './newest-first.js';
import { type RatesHistory, addRates } from './rates-history.js';
import { type Timed, timed } from './timed.js';

export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** Times on the page's monotonic clock. */
  | { readonly kind: 'lost'; readonly retryAtMs: number };

export interface PageState {
  readonly link: Link;
  /** Undefined until the console has told them. */
  readonly overview: Overview | undefined;
  readonly doors: readonly Door[];
  readonly grants: ByDoor<Timed<Grant>>;
  readonly attempts: ByDoor<Timed<Attempt>>;
  /** By door: the last attempt that came to nothing. */
  readonly failures: ReadonlyMap<string, TrailEvent>;
  readonly history: RatesHistory;
}

export interface Overview {
  readonly version: string;
  readonly nowMs: number;
  readonly ready: boolean;
  readonly problems: readonly string[];
  readonly store: StoreReport;
  readonly processes: readonly ProcessReport[];
  readonly rates: Rates | undefined;
}

export const initialState: PageState = {
  link: { kind: 'connecting' },
  overview: undefined,
  doors: [],
  grants: new Map(),
  attempts: new Map(),
  failures: new Map(),
  history: [],
};

/** `atMs`: when the page heard it, on its monotonic clock. */
export type PageAction =
  | { readonly type: 'link'; readonly link: Link }
  | { readonly type: 'state'; readonly state: State; readonly atMs: number }
  | { readonly type: 'changes'; readonly changes: Changes; readonly atMs: number }
  | { readonly type: 'pulse'; readonly pulse: Pulse; readonly atMs: number }
  | { readonly type: 'granted'; readonly grant: Grant; readonly atMs: number }
  | { readonly type: 'revoked'; readonly source: Source }
  /** What happened before the page was opened. */
  | { readonly type: 'past'; readonly events: readonly TrailEvent[] };

/** An attempt whose end was not told (a listener died) goes by itself. */
const ATTEMPT_GRACE_MS = 2000;
/** SECURITY: strangers make attempts, as many as they like; of each door the newest are kept. */
const MAX_ATTEMPTS = 500;

export function reducePage(state: PageState, action: PageAction): PageState {
  switch (action.type) {
    case 'link':
      return { ...state, link: action.link };
    case 'state':
      return takeState(state, action.state, action.atMs);
    case 'changes':
      return takeChanges(state, action.changes, action.atMs);
    case 'pulse':
      return takePulse(state, action.pulse, action.atMs);
    case 'granted': {
      const put = [timed(action.grant, action.atMs)];
      return { ...state, grants: changeByDoor(state.grants, { put, gone: [] }) };
    }
    case 'revoked':
      return { ...state, grants: changeByDoor(state.grants, { put: [], gone: [action.source] }) };
    case 'past':
      return { ...state, failures: lastFailures(state.failures, action.events) };
    default: {
      const never: never = action;
      return never;
    }
  }
}

function takeState(state: PageState, told: State, atMs: number): PageState {
  const { version, now_ms: nowMs, ready, problems, store, processes, doors } = told;
  const grants = told.grants.toSorted((x, y) => (x.granted_at < y.granted_at ? -1 : 1));
  return {
    ...state,
    link: { kind: 'live' },
    overview: { version, nowMs, ready, problems, store, processes, rates: state.overview?.rates },
    doors,
    history: addRates(state.history, told.history),
    grants: changeByDoor(new Map(), { put: grants.map((each) => timed(each, atMs)), gone: [] }),
    attempts: changeAttempts(new Map(), { put: told.attempts.map((each) => timed(each, atMs)), gone: [] }),
  };
}

function takeChanges(state: PageState, changes: Changes, atMs: number): PageState {
  const { grants, ended, attempts, attempts_ended, events } = changes;
  return {
    ...state,
    failures: lastFailures(state.failures, events),
    grants: changeByDoor(state.grants, { put: grants.map((each) => timed(each, atMs)), gone: ended }),
    attempts: changeAttempts(state.attempts, { put: attempts.map((each) => timed(each, atMs)), gone: attempts_ended }),
  };
}

const FAILURES = new Set(['voided', 'sequence_timeout']);

function lastFailures(known: PageState['failures'], events: readonly TrailEvent[]): PageState['failures'] {
  const failed = events.filter(({ event }) => FAILURES.has(event));
  if (failed.length === 0) return known;
  const all = [...failed, ...known.values()].toSorted(newestFirst).toReversed();
  return new Map(all.map((each) => [each.door, each]));
}

function changeAttempts(attempts: PageState['attempts'], changes: DoorChanges<Timed<Attempt>>): ByDoor<Timed<Attempt>> {
  const changed = changeByDoor(attempts, changes);
  if (changed === attempts || [...changed.values()].every(({ length }) => length <= MAX_ATTEMPTS)) return changed;
  return new Map([...changed].map(([door, list]) => [door, list.slice(0, MAX_ATTEMPTS)]));
}

function takePulse(state: PageState, pulse: Pulse, atMs: number): PageState {
  const { now_ms: nowMs, ready, problems, store, processes, rates } = pulse;
  const over = [...state.attempts.values()].flat().filter((each) => each.deadlineMs + ATTEMPT_GRACE_MS < atMs);
  return {
    ...state,
    overview: { version: state.overview?.version ?? '', nowMs, ready, problems, store, processes, rates },
    attempts: changeByDoor(state.attempts, { put: [], gone: over }),
    history: store.reachable ? addRates(state.history, [{ at_ms: nowMs, ...counted(rates) }]) : state.history,
  };
}

function counted({ knocks, opened, denied }: Rates): Omit<RatesAt, 'at_ms'> {
  return { knocks, opened, denied };
}
