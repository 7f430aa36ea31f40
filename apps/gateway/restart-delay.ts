const FIRST_MS = 100;
const LONGEST_MS = 5000;

/** How long to wait before one takes the place of a process that ended, after so many in a row that ended soon. */
export function restartDelayMs(shortLives: number): number {
  return shortLives <= 1 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (shortLives - 2));
}
