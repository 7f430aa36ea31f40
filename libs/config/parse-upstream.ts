import { parseAddress } from '#address';
import { parsePort } from './parse-port.js';
import { ok, type Parsed, wrong } from './parsed.js';

const UPSTREAM = /^(https?|tcp):\/\/(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]{0,252}))(?::(\d+))?\/?$/i;

/** The built-in page, to try things out. */
export const SAMPLE = 'sample';
/** Nothing is relayed: another daemon has the port, and `knockgate hide` hides it. */
export const NO_UPSTREAM = 'none';

/**
 * `http://HOST[:PORT]`, `https://HOST[:PORT]`, `tcp://HOST:PORT`, without a closing slash, `sample` or `none`.
 * SECURITY: the text may hold a password, so no flaw repeats it.
 */
export function parseUpstream(text: string): Parsed<string> {
  const trimmed = text.trim();
  if (trimmed === SAMPLE || trimmed === NO_UPSTREAM) return ok(trimmed);
  const [, scheme = '', host = '', digits] = UPSTREAM.exec(trimmed) ?? [];
  const protocol = scheme.toLowerCase();
  const port = digits === undefined ? undefined : parsePort(digits);
  const portIsRight = port !== undefined || (digits === undefined && protocol !== 'tcp');
  if (!portIsRight || !isHost(host)) return wrong({ what: reason(trimmed), instead: form(trimmed) });
  return ok(`${protocol}://${host}${port === undefined ? '' : `:${port}`}`);
}

/** What the URL parser would do to the host (WHATWG URL, 3.5) decides whether a name or an address is one. */
function isHost(host: string): boolean {
  if (host.startsWith('[')) return parseAddress(host.slice(1, -1)) !== undefined;
  return host !== '' && URL.canParse(`http://${host}/`);
}

function reason(text: string): string {
  if (!URL.canParse(text)) return 'is not an upstream';
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  if (!['http:', 'https:', 'tcp:'].includes(protocol)) return 'is not an upstream';
  if (username !== '' || password !== '') return 'has credentials in it';
  if (search !== '' || hash !== '') return 'has a query in it';
  return pathname === '' || pathname === '/' ? 'is not an upstream' : 'has a path in it';
}

function form(text: string): string {
  return /^tcp:/i.test(text)
    ? 'write tcp://HOST:PORT'
    : 'write http://HOST:PORT, https://HOST:PORT, tcp://HOST:PORT or the word sample or none';
}
