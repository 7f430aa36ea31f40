import type { HeaderLines } from './header-fields.js';

/** Of a browser, for what this origin's own page sends, and for what its person typed (Fetch Metadata, 2.4). */
const OWN_SITES = new Set(['same-origin', 'none']);

/**
 * Whether a request may be told apart from one that another site's page makes its visitor's browser send. Browsers name
 * the page's origin with each POST (Fetch, 3.2), and over TLS its relation to this one; other programs send neither.
 */
export function isOwnPage(lines: HeaderLines): boolean {
  if (!lines.values('sec-fetch-site').every((site) => OWN_SITES.has(site))) return false;
  const host = lines.joined('host');
  return lines.values('origin').every((origin) => host !== undefined && isOrigin(origin, host));
}

/** Both as URLs: a port that is the scheme's own may be named or not. */
function isOrigin(origin: string, host: string): boolean {
  const scheme = /^https?:\/\//u.exec(origin)?.[0];
  if (scheme === undefined || !URL.canParse(origin) || !URL.canParse(scheme + host)) return false;
  return new URL(origin).origin === new URL(scheme + host).origin;
}
