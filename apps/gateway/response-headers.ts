import { type HeaderLines, headerLines, isField } from './header-fields.js';
import { hopByHop } from './hop-by-hop.js';

const NO_CONTENT = 204;

/** Fields that have a meaning before the body only (RFC 9110, 6.5.1). */
const NO_TRAILER =
  /^(?:content-(?:encoding|length|range|type)|trailer|host|set-cookie|www-authenticate|age|cache-control|date|expires|location|retry-after|vary)$/u;

/**
 * The upstream's header fields for the client, as the flat name, value, name, value … list that `writeHead` takes: the
 * case, the order and repeated fields such as Set-Cookie stay as they are; hop-by-hop fields are stripped,
 * and so is a length where there is no body to measure (RFC 9110, 8.6).
 */
export function responseHeaders(given: HeaderLines, status: number): string[] {
  const stripped = hopByHop(given.joined('connection'));
  const kept: string[] = [];
  const { names, raw } = given;
  for (let i = 0; i < names.length; i += 1) {
    if (!stripped(names[i]!) && !(status === NO_CONTENT && names[i] === 'content-length'))
      kept.push(raw[i * 2]!, raw[i * 2 + 1]!);
  }
  return kept;
}

/** SECURITY: a trailer must not say what a header must not, least of all how the body was framed: some readers merge the two. */
export function answerTrailers(rawTrailers: readonly string[]): [name: string, value: string][] {
  const stripped = hopByHop(undefined);
  return headerLines(rawTrailers).filter((line) => {
    const known = line[0].toLowerCase();
    return isField(line) && !stripped(known) && !NO_TRAILER.test(known);
  });
}
