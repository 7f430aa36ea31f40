/** A request as RFC 9112 reads it, without leniency. */
export interface StrictRequest {
  readonly line: string;
  readonly body: string;
}

export interface StrictReading {
  /** Complete requests, up to the first fault. */
  readonly requests: readonly StrictRequest[];
  /** Whether there are bytes that can be the beginning of no request. */
  readonly faulty: boolean;
}

/** Of more than one space RFC 9112, 3, lets a server make one. */
const LINE = /^[!#$%&'*+.^_`|~\w-]+ +[\x21-\xff]+ +HTTP\/1\.[01]$/u;
const FIELD = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/u;
/** Ahead of a request they mean nothing, a single LF among them (RFC 9112, 2.2), nor a CR to Node. */
const EMPTY_LINES = /^[\r\n]+/u;
const CHUNK = /^(0*[\da-f]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n/iu;

/**
 * What a strict server makes of these bytes (latin1): the yardstick for what a gateway may pass on. Written from the RFC
 * and independent of Node's parser.
 */
export function strictRequests(bytes: string): StrictReading {
  const requests: StrictRequest[] = [];
  let rest = bytes;
  for (;;) {
    rest = rest.replace(EMPTY_LINES, '');
    const next = readOne(rest);
    if (next === 'incomplete') return { requests, faulty: false };
    if (next === 'fault') return { requests, faulty: true };
    requests.push({ line: next.line, body: next.body });
    rest = next.rest;
  }
}

type One = (StrictRequest & { readonly rest: string }) | 'incomplete' | 'fault';

function readOne(bytes: string): One {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return looksFaulty(bytes) ? 'fault' : 'incomplete';
  const [line = '', ...lines] = bytes.slice(0, end).split('\r\n');
  const fields = lines.map((each) => FIELD.exec(each));
  if (!LINE.test(line) || fields.includes(null)) return 'fault';
  const values = (name: string): string[] =>
    fields.flatMap((field) => (field![1]!.toLowerCase() === name ? [field![2]!] : []));
  const hosts = values('host').length;
  if (hosts > 1 || (hosts === 0 && line.endsWith('1.1'))) return 'fault';
  const body = readBody(bytes.slice(end + 4), values('content-length'), values('transfer-encoding'));
  return typeof body === 'string' ? body : { line, ...body };
}

function readBody(bytes: string, lengths: readonly string[], codings: readonly string[]) {
  if (lengths.length + codings.length > 1) return 'fault';
  const [coding] = codings;
  if (coding !== undefined) return coding.toLowerCase() === 'chunked' ? readChunks(bytes) : 'fault';
  const [length = '0'] = lengths;
  if (!/^\d{1,15}$/u.test(length)) return 'fault';
  if (bytes.length < Number(length)) return 'incomplete';
  return { body: bytes.slice(0, Number(length)), rest: bytes.slice(Number(length)) };
}

function readChunks(bytes: string) {
  let body = '';
  for (let rest = bytes; ;) {
    const head = CHUNK.exec(rest);
    if (head === null) return rest.includes('\n') || rest.length > 40 ? 'fault' : 'incomplete';
    rest = rest.slice(head[0].length);
    const size = Number.parseInt(head[1]!, 16);
    if (size === 0) return readTrailers(body, rest);
    if (rest.length < size + 2) return 'incomplete';
    if (rest.slice(size, size + 2) !== '\r\n') return 'fault';
    body += rest.slice(0, size);
    rest = rest.slice(size + 2);
  }
}

function readTrailers(body: string, bytes: string) {
  if (bytes.startsWith('\r\n')) return { body, rest: bytes.slice(2) };
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return 'incomplete';
  const lines = bytes.slice(0, end).split('\r\n');
  return lines.every((line) => FIELD.test(line)) ? { body, rest: bytes.slice(end + 4) } : 'fault';
}

/** A head that will never end well: a bare LF or CR, or a control character. */
function looksFaulty(bytes: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return /(?<!\r)\n|\r(?!\n|$)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/u.test(bytes);
}
