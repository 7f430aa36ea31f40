import type { HeaderLines } from './header-fields.js';
import { hopByHop } from './hop-by-hop.js';

/**
 * The upstream's header fields for the client, as the flat name, value, name, value … list that `writeHead` takes: the
 * case, the order and repeated fields such as Set-Cookie stay as they are; hop-by-hop fields are stripped.
 */
export function responseHeaders(given: HeaderLines): string[] {
  const stripped = hopByHop(given.joined('connection'));
  const kept: string[] = [];
  given.names.forEach((known, i) => {
    if (!stripped(known)) kept.push(given.raw[i * 2]!, given.raw[i * 2 + 1]!);
  });
  return kept;
}
