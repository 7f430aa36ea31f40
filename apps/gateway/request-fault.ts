import type { IncomingMessage } from 'node:http';
import { HeaderLines } from './header-fields.js';

/** Why a request is refused with 400, although Node's parser took it. */
export type RequestFault = 'field' | 'host' | 'framing' | 'target' | 'version';

type RequestHead = Pick<IncomingMessage, 'rawHeaders' | 'httpVersion' | 'url' | 'method'>;

/** SECURITY: the path is written upstream as it is; some versions of Node's parser let a tab through. */
const VISIBLE = /^[\x21-\x7e\x80-\xff]+$/u;

/** RFC 3986, 3.2.2 and 3.2.3, without user information; may be empty (RFC 9112, 3.2). */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\da-f:.v]+\])(?::\d*)?$/iu;

/** As much as a number holds exactly: beyond it servers round, or wrap. */
const LENGTH = /^\d{1,15}$/u;

/**
 * Refuses what two servers might read in two ways (RFC 9112, 3.2 and 6.1). Node's parser refuses both Content-Length
 * and Transfer-Encoding, differing lengths, and a bare CR or LF already; the rest is checked here.
 */
export function requestFault(
  request: RequestHead,
  lines = new HeaderLines(request.rawHeaders),
): RequestFault | undefined {
  const { httpVersion } = request;
  if (!lines.areFields) return 'field';
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'version';
  const hosts = lines.values('host');
  if (hosts.length > 1 || hosts.some((host) => !HOST.test(host))) return 'host';
  if (hosts.length === 0 && httpVersion === '1.1') return 'host';
  const lengths = lines.values('content-length');
  const codings = lines.values('transfer-encoding');
  if (lengths.length > 1 || lengths.some((length) => !LENGTH.test(length))) return 'framing';
  if (codings.length > 0) {
    const plain = codings.length === 1 && codings[0]!.toLowerCase() === 'chunked';
    if (!plain || lengths.length > 0 || httpVersion === '1.0') return 'framing';
  }
  return requestTarget(request) === undefined ? 'target' : undefined;
}

/** How a request's body is framed: a Content-Length as the client wrote it, chunked, or not at all: it has none. */
export type RequestFraming =
  { readonly kind: 'length'; readonly length: string } | { readonly kind: 'chunked' | 'none' };

const CHUNKED: RequestFraming = { kind: 'chunked' };
const NONE: RequestFraming = { kind: 'none' };

/** Of a request without a fault. From the raw lines: of two such fields Node's `headers` keeps only the first. */
export function requestFraming(
  request: Pick<RequestHead, 'rawHeaders'>,
  lines = new HeaderLines(request.rawHeaders),
): RequestFraming {
  const [length] = lines.values('content-length');
  if (length !== undefined) return { kind: 'length', length };
  return lines.has('transfer-encoding') ? CHUNKED : NONE;
}

export interface RequestTarget {
  /** Origin-form, to the letter: no slash is merged, nothing is decoded. */
  readonly path: string;
  /** Of an absolute-form target: it takes the place of the Host header (RFC 9112, 3.2.2). */
  readonly host?: string;
}

/** The request target as it goes upstream; undefined for a form that a server does not take. */
export function requestTarget({ url = '', method }: Pick<RequestHead, 'url' | 'method'>): RequestTarget | undefined {
  if (!VISIBLE.test(url)) return undefined;
  if (url.startsWith('/')) return { path: url };
  if (url === '*' && method === 'OPTIONS') return { path: url };
  const absolute = /^https?:\/\/([^/?#@]+)([/?].*)?$/iu.exec(url);
  if (absolute === null || !HOST.test(absolute[1]!)) return undefined;
  const rest = absolute[2] ?? '/';
  return { host: absolute[1]!, path: rest.startsWith('?') ? `/${rest}` : rest };
}
