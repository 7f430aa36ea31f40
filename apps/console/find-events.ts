import type { HistoryPage, TrailEntry } from '#grants';
import type { Events, EventsQuery, TrailEvent } from './api-schemas.js';
import { trailEvent } from './trail-event.js';

/** Entries that one question looks at, at most; whoever wants older ones asks again. */
const MAX_LOOKS = 20_000;
const PAGE = 1000;

export type EventFilter = Pick<EventsQuery, 'ip' | 'event' | 'q'>;

interface Wanted extends EventFilter {
  readonly before: string | undefined;
  readonly limit: number;
}

/** What the filter lets through, newest first; a page of that, and how to ask for the next one. */
export async function findEvents(
  read: (page: HistoryPage) => Promise<readonly TrailEntry[]>,
  { before: start, limit, ...filter }: Wanted,
): Promise<Events> {
  const all = filter.ip === undefined && filter.event === undefined && filter.q === undefined;
  const events: TrailEvent[] = [];
  let before = start;
  for (let looks = 0; looks < MAX_LOOKS;) {
    const page = await read({ count: all ? limit : PAGE, before });
    for (const entry of page) {
      // not between entries of one id: what is before that would leave some out
      if (events.length >= limit && entry.id !== before) return { events, before: before! };
      before = entry.id;
      looks += 1;
      const event = trailEvent(entry);
      if (passes(event, filter)) events.push(event);
    }
    if (page.length === 0) return { events };
  }
  return before === undefined ? { events } : { events, before };
}

function passes(event: TrailEvent, { ip, event: name, q }: EventFilter): boolean {
  if (ip !== undefined && event.ip !== ip) return false;
  if (name !== undefined && event.event !== name) return false;
  if (q === undefined) return true;
  const wanted = q.toLowerCase();
  return Object.values(event).some((value) => String(value).toLowerCase().includes(wanted));
}
