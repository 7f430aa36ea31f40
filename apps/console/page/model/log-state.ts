import type { EventsPage, TrailEvent } from './api-types.js';
import { type EventFilter, anyEvent, passes } from './event-filter.js';
import { newestFirst } from './newest-first.js';

/** Events in memory, shown and held back each. */
export const MAX_EVENTS = 2000;

/** What is known of events older than those in the list. */
export type Older =
  | { readonly kind: 'unasked' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'more'; readonly before: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly error: string; readonly before: string | undefined };

export interface LogState {
  readonly filter: EventFilter;
  /** Newest first, without a hole. */
  readonly events: readonly TrailEvent[];
  readonly older: Older;
  readonly paused: boolean;
  /** What came while paused, newest first. */
  readonly held: readonly TrailEvent[];
  /** The newest had to go for older ones: to be asked for again when it goes on. */
  readonly topless: boolean;
  /** Counts the filters, so that an answer to an earlier one is known. */
  readonly turn: number;
  /** Counts the returns to the newest, which is where the list is to be scrolled to then. */
  readonly returns: number;
}

export const initialLog: LogState = {
  filter: anyEvent,
  events: [],
  older: { kind: 'unasked' },
  paused: false,
  held: [],
  topless: false,
  turn: 0,
  returns: 0,
};

export type LogAction =
  | { readonly type: 'live'; readonly events: readonly TrailEvent[] }
  | { readonly type: 'filter'; readonly filter: EventFilter }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** The stream was lost and is back: what came in between has to be asked for. */
  | { readonly type: 'restart' }
  | { readonly type: 'asking' }
  | { readonly type: 'page'; readonly page: EventsPage; readonly turn: number; readonly before: string | undefined }
  | { readonly type: 'failed'; readonly error: string; readonly turn: number; readonly before: string | undefined };

export function reduceLog(log: LogState, action: LogAction): LogState {
  switch (action.type) {
    case 'live':
      return takeLive(log, action.events);
    case 'filter':
      return filterLog(log, action.filter);
    case 'pause':
      return { ...log, paused: true };
    case 'resume':
      return resume({ ...log, returns: log.returns + 1 });
    case 'restart':
      return log.paused ? { ...log, topless: true } : anew(log);
    case 'asking':
      return { ...log, older: { kind: 'asking' } };
    case 'page':
      return action.turn === log.turn ? takePage(log, action.page, action.before) : log;
    case 'failed':
      if (action.turn !== log.turn) return log;
      return { ...log, older: { kind: 'failed', error: action.error, before: action.before } };
    default: {
      const never: never = action;
      return never;
    }
  }
}

function resume(log: LogState): LogState {
  return log.topless ? anew(log) : trim({ ...log, paused: false, held: [] }, merge(log.events, log.held));
}

/** What is known is shown until the answer is there. */
function anew(log: LogState): LogState {
  return { ...log, paused: false, held: [], topless: false, older: { kind: 'unasked' }, turn: log.turn + 1 };
}

function filterLog(log: LogState, filter: EventFilter): LogState {
  const events = merge(log.events, log.held).filter((each) => passes(each, filter));
  return { ...anew(log), filter, events, returns: log.returns + 1 };
}

function takeLive(log: LogState, events: readonly TrailEvent[]): LogState {
  const wanted = events.filter((each) => passes(each, log.filter));
  if (wanted.length === 0) return log;
  if (log.paused) return { ...log, held: merge(log.held, wanted).slice(0, MAX_EVENTS) };
  return trim(log, merge(log.events, wanted));
}

function trim(log: LogState, events: readonly TrailEvent[]): LogState {
  if (events.length <= MAX_EVENTS) return { ...log, events };
  const kept = events.slice(0, MAX_EVENTS);
  // an answer that is on its way would leave a hole
  return { ...log, events: kept, older: { kind: 'more', before: kept.at(-1)!.id }, turn: log.turn + 1 };
}

function takePage(log: LogState, page: EventsPage, before: string | undefined): LogState {
  const older: Older = page.before === undefined ? { kind: 'none' } : { kind: 'more', before: page.before };
  if (before === undefined) return { ...log, older, events: merge(since(log.events, page), page.events) };
  const events = merge(log.events, page.events);
  const surplus = Math.max(0, events.length - MAX_EVENTS);
  return { ...log, older, events: events.slice(surplus), paused: true, topless: log.topless || surplus > 0 };
}

/** Those that came after the newest page was made: of older ones, some may be missing in between. */
function since(events: readonly TrailEvent[], { events: newest }: EventsPage): readonly TrailEvent[] {
  const [top] = newest;
  return top === undefined ? events : events.filter((each) => newestFirst(each, top) < 0);
}

function merge(known: readonly TrailEvent[], added: readonly TrailEvent[]): readonly TrailEvent[] {
  const sorted = added.toSorted(newestFirst);
  const [newest] = known;
  const oldestAdded = sorted.at(-1);
  if (newest === undefined || oldestAdded === undefined) return oldestAdded === undefined ? known : sorted;
  // nearly always: nothing to compare with 2,000 others, ten times a second
  if (newestFirst(oldestAdded, newest) < 0) return [...sorted, ...known];
  const byKey = new Map([...known, ...sorted].map((each) => [eventKey(each), each]));
  return [...byKey.values()].toSorted(newestFirst);
}

export function eventKey({ door, id }: TrailEvent): string {
  return `${id} ${door}`;
}
