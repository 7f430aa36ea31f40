import type { OutgoingHttpHeaders } from 'node:http';
import { HeaderFields, headerLines, isField } from './header-fields.js';
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
const FORWARDED = /^(?:x-forwarded-.*|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|forwarded)$/u;

/** Fields that have a meaning before the body only; some servers take them from the trailers too (RFC 9110, 6.5.1). */
const NO_TRAILER = /^(?:host|content-.*|authorization|cookie|expect|range|if-.*|trailer|max-forwards)$/u;

/** The forwarder says its own; and a name that would be no name in an object. */
const NOT_COPIED = new Set(['expect', '__proto__']);

/**
 * The header fields for the upstream, in the client's own case and order: hop-by-hop fields stripped, Host kept,
 * X-Forwarded-For/-Proto/-Host set. How the body is framed is left to the forwarder.
 */
export function requestHeaders(rawHeaders: readonly string[], origin: Origin): OutgoingHttpHeaders {
  const given = new HeaderFields(rawHeaders);
  const stripped = hopByHop(given.joined('connection'));
  const kept = new HeaderFields();
  for (const [name, value] of headerLines(rawHeaders)) {
    const known = name.toLowerCase();
    if (!stripped(known) && !NOT_COPIED.has(known) && !isForged(known, origin.trusted)) kept.add(name, value);
  }
  // RFC 9110, 10.1.4: for the next hop anew
  if (/\btrailers\b/iu.test(given.joined('te') ?? '')) kept.set('TE', 'trailers');
  if (origin.host !== undefined) kept.set('Host', origin.host);
  const earlier = origin.trusted ? given.joined('x-forwarded-for') : undefined;
  kept.set('X-Forwarded-For', earlier === undefined ? origin.peer : `${earlier}, ${origin.peer}`);
  if (kept.joined('x-forwarded-proto') === undefined) kept.set('X-Forwarded-Proto', 'http');
  const host = kept.joined('host');
  if (host !== undefined && kept.joined('x-forwarded-host') === undefined) kept.set('X-Forwarded-Host', host);
  return kept.toObject();
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
  return !trusted && FORWARDED.test(name.replaceAll('_', '-'));
}
