const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
] as const;

/** A length of time for people: `12 ms`, `4.7 s`, `47 s`, `3 min`. */
export function spanText(ms: number): string {
  if (ms < 1000) return `${Math.floor(ms)} ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const [size, unit] = UNITS.find(([each]) => ms >= 2 * each) ?? [1000, 's'];
  return `${Math.floor(ms / size)} ${unit}`;
}
