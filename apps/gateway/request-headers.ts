import { HeaderLines, headerLines, isField } from './header-fields.js';
import { hopByHop } from './hop-by-hop.js';

/** Where a request came from, as the gate sees it. */
export interface Origin {
  /** The other end of the connection, canonical. */
  readonly peer: string;
  /** Whether the peer is a trusted proxy, whose X-Forwarded-* fields are kept. */
  readonly trusted: boolean;
  /** The host of an absolute-form target. */
  readonly host?: string | undefined;
}

/** Fields by which an application may take somebody's word for who they are or what they asked for. */
const FORWARDED =
  /^(?:x[-_]forwarded[-_].*|x[-_]real[-_]ip|x[-_]client[-_]ip|x[-_]cluster[-_]client[-_]ip|true[-_]client[-_]ip|forwarded)$/u;

/** Fields that have a meaning before the body only; some servers take them from the trailers too (RFC 9110, 6.5.1). */
const NO_TRAILER = /^(?:host|content-.*|authorization|cookie|expect|range|if-.*|trailer|max-forwards)$/u;

/** The forwarder says its own; X-Forwarded-For is said anew. */
const NOT_COPIED = new Set(['expect', 'content-length', 'x-forwarded-for']);

/**
 * The header fields for the upstream, name, value, name, value, … as the client wrote them and in its order: hop-by-hop
 * fields stripped, Host kept, X-Forwarded-For/-Proto/-Host set. How the body is framed is left to the forwarder.
 */
export function requestHeaders(given: HeaderLines, { peer, trusted, host }: Origin): string[] {
  const stripped = hopByHop(given.joined('connection'));
  const kept: string[] = [];
  const { names, raw } = given;
  for (let i = 0; i < names.length; i += 1) {
    const known = names[i]!;
    if (stripped(known) || NOT_COPIED.has(known) || isForged(known, trusted)) continue;
    kept.push(raw[i * 2]!, known === 'host' && host !== undefined ? host : raw[i * 2 + 1]!);
  }
  const te = given.joined('te');
  // RFC 9110, 10.1.4: for the next hop anew
  if (te !== undefined && /\btrailers\b/iu.test(te)) kept.push('TE', 'trailers');
  const hosts = given.joined('host');
  if (host !== undefined && hosts === undefined) kept.push('Host', host);
  const earlier = trusted ? given.joined('x-forwarded-for') : undefined;
  kept.push('X-Forwarded-For', earlier === undefined ? peer : `${earlier}, ${peer}`);
  if (!trusted || !given.has('x-forwarded-proto')) kept.push('X-Forwarded-Proto', 'http');
  const asked = host ?? hosts;
  if (asked !== undefined && !(trusted && given.has('x-forwarded-host'))) kept.push('X-Forwarded-Host', asked);
  return kept;
}

/** SECURITY: a trailer must not say what a header must not, nor what was to be known before the body. */
export function requestTrailers(rawTrailers: readonly string[], trusted: boolean): [name: string, value: string][] {
  const stripped = hopByHop(undefined);
  return headerLines(rawTrailers).filter((line) => {
    const known = line[0].toLowerCase();
    return isField(line) && !stripped(known) && !NO_TRAILER.test(known) && !isForged(known, trusted);
  });
}

/** SECURITY: X_Forwarded_For reaches a CGI application under the same name as X-Forwarded-For. */
function isForged(name: string, trusted: boolean): boolean {
  return !trusted && FORWARDED.test(name);
}
