import type { TrailEntry } from '#grants';
import type { TrailEvent } from './api-schemas.js';

/** What is a number in the stream's texts. */
const NUMBERS: ReadonlySet<string> = new Set(['stage', 'of', 'ttl']);

export function trailEvent({ door, id, fields }: TrailEntry): TrailEvent {
  const typed = Object.entries(fields).map(([name, value]) => [name, NUMBERS.has(name) ? numberIn(value) : value]);
  return { at: '', event: '', ip: '', ...Object.fromEntries(typed), id, door };
}

function numberIn(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}
