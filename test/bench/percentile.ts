/** The value that `share` (0 to 1) of them do not exceed (nearest rank). @throws RangeError without values */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('no percentile without values');
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
