const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };
const MAX_MS = 365 * DAY;
const DURATION = /^(\d+(?:\.\d+)?) *(ms|s|m|h|d)?$/;

/** What to write where a duration is expected. */
export const DURATION_FORM = 'write seconds, or a number with ms, s, m, h or d, like 45s; at most 365d';

/**
 * Milliseconds of `45` (seconds, knockd's unit; fractions are allowed), `500ms`, `45s`, `2m`, `1h` or `1d`.
 * Undefined for anything else, for less than 1 ms and for more than 365 days.
 */
export function parseDuration(text: string | number): number | undefined {
  // An exponent, a sign or NaN in the text of a number is no duration either.
  const [, amount, unit = 's'] = DURATION.exec(String(text).trim()) ?? [];
  const ms = Math.round(Number(amount) * (UNITS[unit] ?? Number.NaN));
  return ms >= 1 && ms <= MAX_MS ? ms : undefined;
}
