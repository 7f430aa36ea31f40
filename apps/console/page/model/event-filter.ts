import type { TrailEvent } from './api-types.js';

/** Empty: any. */
export interface EventFilter {
  readonly door: string;
  readonly event: string;
  /** Anywhere in it: the IP, above all. */
  readonly text: string;
}

export const anyEvent: EventFilter = { door: '', event: '', text: '' };

/** The same judgement as /api/events makes of `door`, `event` and `q`. */
export function passes(event: TrailEvent, { door, event: kind, text }: EventFilter): boolean {
  if (door !== '' && event.door !== door) return false;
  if (kind !== '' && event.event !== kind) return false;
  const wanted = text.trim().toLowerCase();
  return wanted === '' || Object.values(event).some((value) => String(value).toLowerCase().includes(wanted));
}
