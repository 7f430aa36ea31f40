import type { Events, GrantView, State, Store } from '../../api-schemas.js';

// What the console's API tells, by the names that the page has for it. Types alone: nothing of the console is in the page.

export type { Attempt, Changes, Door, Pulse, Rates, RatesAt, State, TrailEvent } from '../../api-schemas.js';
export type Grant = GrantView;
export type StoreReport = Store;
export type ProcessReport = State['processes'][number];
export type EventsPage = Events;
/** One IP at one door. */
export type Source = Pick<GrantView, 'door' | 'ip'>;
