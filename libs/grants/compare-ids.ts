/** The order of two places in an audit trail: TIME-NUMBER, as Redis orders the ids of a stream, or a number alone. */
export function compareIds(x: string, y: string): number {
  const [xMs = 0, xNumber = 0] = x.split('-').map(Number);
  const [yMs = 0, yNumber = 0] = y.split('-').map(Number);
  return xMs - yMs || xNumber - yNumber;
}
