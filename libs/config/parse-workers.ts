import { ok, type Parsed, wrong } from './parsed.js';

const MAX_WORKERS = 256;

export const WORKERS_FORM = `write a whole number from 1 to ${MAX_WORKERS}, or auto`;

/** How many processes serve the doors; `auto`: as many as there are cores. */
export function parseWorkers(value: string | number): Parsed<number | 'auto'> {
  if (value === 'auto') return ok(value);
  const count = typeof value === 'string' && /^\d+$/u.test(value) ? Number(value) : value;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= MAX_WORKERS) return ok(count);
  return wrong({ what: 'is not a number of workers', instead: WORKERS_FORM });
}
