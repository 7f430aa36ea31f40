import type { IncomingHttpHeaders } from 'node:http';

export interface Refusal {
  readonly status: number;
  /** One line: what is wrong, and what to do. */
  readonly error: string;
}

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)(?::\d{1,5})?$/iu;
/** Fetch Metadata: who made the browser ask; none: the person, by the address bar. Not sent by what is no browser. */
const OWN_SITES: ReadonlySet<unknown> = new Set([undefined, 'same-origin', 'none']);

/**
 * SECURITY: DNS rebinding. A page of another site may have its own name lead to 127.0.0.1, and then ask as if it were
 * from here; its name is what the Host field then says.
 */
export function hostRefusal({ host }: IncomingHttpHeaders): Refusal | undefined {
  if (host !== undefined && LOOPBACK.test(host)) return undefined;
  return { status: 421, error: 'the console answers to 127.0.0.1, [::1] and localhost only; open it by one of these' };
}

/**
 * SECURITY: a page of another origin must not act with the cookie. SameSite does not keep it from other ports of this
 * host, which are the same site; so what browsers say of the origin is looked at too.
 */
export function originRefusal(headers: IncomingHttpHeaders): Refusal | undefined {
  const { host, origin, 'sec-fetch-site': site } = headers;
  const isOwn = origin === undefined || origin === `http://${host}`;
  if (isOwn && OWN_SITES.has(site)) return undefined;
  return { status: 403, error: "asked from another site's page; use the console's own" };
}
