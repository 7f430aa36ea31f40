/**
 * Whether a request line's target is this path, to the letter, with whatever query. SECURITY: nothing is decoded, merged or
 * taken out of an absolute form: what the upstream might read otherwise is the upstream's.
 */
export function asksForStatus(target: string, path: string): boolean {
  return target.startsWith(path) && (target.length === path.length || target[path.length] === '?');
}
