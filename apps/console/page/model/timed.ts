/**
 * Something that ends, on the page's own monotonic clock: the console says how many milliseconds are left (`ends_in_ms`), so that no clock of two
 * machines is compared.
 */
export type Timed<T> = T & { readonly deadlineMs: number };

export function timed<T extends { readonly ends_in_ms: number }>(each: T, receivedMs: number): Timed<T> {
  return { ...each, deadlineMs: receivedMs + each.ends_in_ms };
}
