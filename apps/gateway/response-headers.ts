import { hopByHop } from './hop-by-hop.js';

/**
 * The upstream's header fields for the client, as the flat name, value, name, value … list that `writeHead` takes: the
 * case, the order and repeated fields such as Set-Cookie stay as they are; hop-by-hop fields are stripped.
 */
export function responseHeaders(rawHeaders: readonly string[], connection: string | undefined): string[] {
  const stripped = hopByHop(connection);
  return rawHeaders.filter((_text, i) => !stripped(rawHeaders[i - (i % 2)]!.toLowerCase()));
}
