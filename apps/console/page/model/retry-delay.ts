const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** How long to wait before the nth try to have the stream back: twice as long each time. */
export function retryDelayMs(tries: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** tries);
}
