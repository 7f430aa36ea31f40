import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayLab } from './gateway-lab.js';
import { Peer } from './peer.js';
import { RawUpstream } from './raw-upstream.js';
import { strictRequests } from './strict-requests.js';

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: door\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

let upstream: RawUpstream;
let lab: GatewayLab;

beforeAll(async () => {
  upstream = await RawUpstream.start();
  upstream.server.on('connection', () => answerEach(upstream.peers.at(-1)!));
  lab = await GatewayLab.start({ doors: { HTTP: { upstream: `http://127.0.0.1:${upstream.port}` } } });
  await lab.grant('HTTP');
});
beforeEach(() => upstream.reset());
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

/** Answers each request that a strict server would see. */
function answerEach(peer: Peer): void {
  let answered = 0;
  peer.socket.on('data', () => {
    const { length } = strictRequests(peer.text).requests;
    peer.send(OK.repeat(length - answered));
    answered = length;
  });
}

const post = (fields: string, body = ''): string => `POST / HTTP/1.1\r\nHost: door\r\n${fields}\r\n${body}`;
const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body);

describe('a request that two servers might read in two ways is refused with 400, and reaches nobody', () => {
  it.each([
    ['a length and a coding', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['a coding and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n')],
    ['two lengths', post('Content-Length: 0\r\nContent-Length: 5\r\n', 'abcde')],
    ['the same length twice', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'abcde')],
    ['a list of lengths', post('Content-Length: 5, 5\r\n', 'abcde')],
    ['a negative length', post('Content-Length: -5\r\n', 'abcde')],
    ['a length with a plus', post('Content-Length: +5\r\n', 'abcde')],
    ['a hexadecimal length', post('Content-Length: 0x5\r\n', 'abcde')],
    ['a length with a fraction', post('Content-Length: 5.0\r\n', 'abcde')],
    ['an empty length', post('Content-Length: \r\n', 'abcde')],
    ['a length beyond 64 bits', post('Content-Length: 18446744073709551621\r\n', 'abcde')],
    ['an unknown coding', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n')],
    ['identity', post('Transfer-Encoding: identity\r\n', '')],
    ['chunked, not last', post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n')],
    ['another coding before chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n')],
    ['chunked twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['chunked, chunked', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n')],
    ['a quoted coding', post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n')],
    ['an empty coding', post('Transfer-Encoding:\r\n', '0\r\n\r\n')],
    ['a folded line', post('X-A: b\r\n\tc\r\n')],
    ['a folded coding', post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n')],
    ['a space before the colon', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')],
    ['a space before the name', 'POST / HTTP/1.1\r\n Host: door\r\n\r\n'],
    ['a line without a colon', post('nonsense\r\n')],
    ['an empty name', post(': value\r\n')],
    ['a name with a control character', post('X\x01A: b\r\n')],
    ['NUL in a value', post('X-A: b\0c\r\n')],
    ['a bare CR in a value', post('X-A: b\rTransfer-Encoding: chunked\r\n')],
    ['a bare CR at the end of a line', 'GET / HTTP/1.1\r\nHost: door\rX-A: b\r\n\r\n'],
    ['a vertical tab in a value', post('X-A: b\x0bc\r\n')],
    ['a coding from HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['the same Host twice', 'GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
    ['a Host with credentials', 'GET / HTTP/1.1\r\nHost: a@b\r\n\r\n'],
  ])('%s', async (_name, text) => {
    const client = Peer.connect(lab.port('HTTP')).send(text + SMUGGLED);
    expect(await client.closed).toBe('end');
    expect(client.text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n$/u);
    expect(upstream.peers).toEqual([]);
  });

  it.each([
    ['in the header', 'GET / HTTP/1.1\nHost: door\n\n'],
    ['behind one field', post('X-A: b\nX-C: d\r\n')],
    ['to hide a coding', post('X-A: b\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
  ])('a bare LF %s (or it is read as CRLF, by both alike)', async (_name, text) => {
    const client = Peer.connect(lab.port('HTTP')).send(
      `${text}GET /last HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n`,
    );
    await client.closed;
    for (const { text: asked } of upstream.peers) {
      expect(asked).not.toMatch(/(?<!\r)\n/u);
      expect(strictRequests(asked)).toMatchObject({ faulty: false });
    }
    expect(client.text).toMatch(/^HTTP\/1\.1 (?:400 Bad Request|200 OK)\r\n/u);
  });
});

describe('a body whose framing goes wrong', () => {
  it.each([
    ['a size with 0x', '0x5\r\nabcde\r\n0\r\n\r\n'],
    ['a negative size', '-5\r\nabcde\r\n0\r\n\r\n'],
    ['a size with a plus', '+5\r\nabcde\r\n0\r\n\r\n'],
    ['a size with an underscore', '1_0\r\nabcde\r\n0\r\n\r\n'],
    ['a size beyond 64 bits', '10000000000000005\r\nabcde\r\n0\r\n\r\n'],
    ['no size', '\r\nabcde\r\n0\r\n\r\n'],
    ['a space before the size', ' 5\r\nabcde\r\n0\r\n\r\n'],
    ['data longer than its size', '3\r\nabcde\r\n0\r\n\r\n'],
    ['data without its CRLF', '5\r\nabcdeXX0\r\n\r\n'],
    ['a bare LF behind the size', '5\nabcde\r\n0\r\n\r\n'],
    ['a bare LF behind the data', '5\r\nabcde\n0\r\n\r\n'],
    ['a bare LF in an extension', '5;\nabcde\r\n0\r\n\r\n'],
    ['a bare CR behind the size', '5\rabcde\r\n0\r\n\r\n'],
    ['a bare LF behind the last chunk', '0\n\n'],
    ['a trailer that is none', '0\r\nnonsense\r\n\r\n'],
    ['a trailer with a space before its colon', '0\r\nX-A : b\r\n\r\n'],
  ])('%s: never a whole request to the upstream, no answer but 400', async (_name, body) => {
    const client = Peer.connect(lab.port('HTTP')).send(chunked(body) + SMUGGLED);
    await client.closed;
    expect(client.text).toMatch(/^(?:HTTP\/1\.1 400 Bad Request\r\n[^]*)?$/u);
    await Promise.all(upstream.peers.map((peer) => peer.closed));
    expect(upstream.peers.flatMap(({ text }) => strictRequests(text).requests)).toEqual([]);
  });

  it('extensions of chunks are legal, and go no further', async () => {
    const client = Peer.connect(lab.port('HTTP')).send(chunked('5;a=b;c="d"\r\nabcde\r\n0;x\r\n\r\n'));
    await client.until('ok');
    expect(strictRequests(upstream.peers[0]!.text).requests).toMatchObject([{ body: 'abcde' }]);
    expect(upstream.peers[0]!.text).not.toContain('a=b');
    client.socket.destroy();
  });

  it('a fault behind a request whose answer is under way does not get into that answer', async () => {
    const client = Peer.connect(lab.port('HTTP')).send('GET / HTTP/1.1\r\nHost: door\r\n\r\n\0\0\0\r\n\r\n');
    await client.closed;
    expect(client.text).toMatch(/^(?:HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nok)?$/u);
  });
});

describe('smuggling', () => {
  const hidden = (fields: string, body: string): string => post(fields, body) + SMUGGLED.replace('/smuggled', '/last');
  const many = Array.from({ length: 1100 }, (_, i) => `X-${i}: y\r\n`).join('');
  it.each([
    ['CL.TE', hidden('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`)],
    ['TE.CL', hidden('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `28\r\n${SMUGGLED}\r\n0\r\n\r\n`)],
    ['TE.TE', hidden('Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n', `0\r\n\r\n${SMUGGLED}`)],
    ['a coding with a tab', hidden('Transfer-Encoding:\tchunked\r\nContent-Length: 40\r\n', `0\r\n\r\n${SMUGGLED}`)],
    [
      'a coding on a continued line',
      hidden('Content-Length: 45\r\nX: y\r\n Transfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    ],
    [
      'a coding behind a bare LF',
      hidden('Content-Length: 45\r\nX: y\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    ],
    [
      'a coding behind a bare CR',
      hidden('Content-Length: 45\r\nX: y\rTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    ],
    [
      'a coding with a control character',
      hidden('Content-Length: 45\r\nTransfer-Encoding: \x0bchunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    ],
    ['CL.0', hidden(`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED)],
    ['CL.0 of a GET', hidden(`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED).replace('POST', 'GET')],
    ['CL.0 of an OPTIONS', hidden(`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED).replace('POST', 'OPTIONS')],
    [
      'a length that Connection names',
      hidden(`Content-Length: ${SMUGGLED.length}\r\nConnection: content-length\r\n`, SMUGGLED),
    ],
    [
      'a coding that Connection names',
      hidden('Transfer-Encoding: chunked\r\nConnection: transfer-encoding\r\n', `28\r\n${SMUGGLED}\r\n0\r\n\r\n`),
    ],
    ['a length behind a thousand fields', hidden(`${many}Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED)],
    [
      'a coding behind a thousand fields',
      hidden(`${many}Transfer-Encoding: chunked\r\n`, `28\r\n${SMUGGLED}\r\n0\r\n\r\n`),
    ],
    ['a request in a chunk extension', hidden('Transfer-Encoding: chunked\r\n', `0;${SMUGGLED}\r\n\r\n`)],
    ['a request in the trailers', hidden('Transfer-Encoding: chunked\r\n', `0\r\n${SMUGGLED}`)],
    ['a request behind the trailers', hidden('Transfer-Encoding: chunked\r\n', '0\r\nX: y\r\n\r\n')],
    [
      'a body with a WebSocket handshake',
      hidden(`Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: ${SMUGGLED.length}\r\n`, SMUGGLED).replace(
        'POST',
        'GET',
      ),
    ],
    [
      'a body with an h2c upgrade',
      hidden(
        `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nContent-Length: ${SMUGGLED.length}\r\n`,
        SMUGGLED,
      ),
    ],
    ['a body with an expectation', hidden(`Expect: 100-continue\r\nContent-Length: ${SMUGGLED.length}\r\n`, SMUGGLED)],
    ['a name with an underscore', hidden(`Content_Length: ${SMUGGLED.length}\r\n`, '')],
  ])('%s: the upstream sees what a strict reader sees, or less', async (_name, text) => {
    expect(await differences(text)).toEqual([]);
  });

  it('of any make: the upstream sees what a strict reader sees, or less', async () => {
    const name = fc.constantFrom('Content-Length', 'Transfer-Encoding', 'content-length', 'X', 'Connection', 'Expect');
    const colon = fc.constantFrom(': ', ':', ' : ', ':\t', ': \x0b', ':\r\n ');
    const value = fc.constantFrom(
      '0',
      '5',
      '40',
      'chunked',
      'Chunked',
      'xchunked',
      'chunked, identity',
      'close',
      '+5',
      '5,5',
      '',
    );
    const eol = fc.oneof(
      { weight: 12, arbitrary: fc.constant('\r\n') },
      fc.constantFrom('\n', '\r', '\r\r\n', '\r\n\r\n'),
    );
    const line = fc.tuple(name, colon, value, eol).map((parts) => parts.join(''));
    const body = fc.constantFrom(
      '',
      '0\r\n\r\n',
      '5\r\nabcde\r\n0\r\n\r\n',
      'abcde',
      SMUGGLED,
      `28\r\n${SMUGGLED}\r\n0\r\n\r\n`,
      '0\r\n\r\n0\r\n\r\n',
    );
    const request = fc
      .tuple(fc.constantFrom('GET', 'POST', 'DELETE'), fc.array(line, { maxLength: 3 }), body)
      .map(([method, lines, text]) => `${method} / HTTP/1.1\r\nHost: door\r\n${lines.join('')}\r\n${text}`);
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 3 }), async (texts) => {
        upstream.reset();
        expect(await differences(texts.join(''))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

/**
 * Sends these bytes. The requests that reach the upstream must be the first of those that a strict server would read in
 * them, and whole; and no more of them may be answered.
 * @returns what is otherwise
 */
async function differences(text: string): Promise<unknown[]> {
  const { requests: expected, faulty: unreadable } = strictRequests(text);
  const client = Peer.connect(lab.port('HTTP')).send(text);
  const answers = new RegExp(`(?:200 OK[^]*){${expected.length}}`, 'u');
  if (expected.length > 0) await client.until(answers).catch(() => client.closed);
  else if (unreadable) await client.closed;
  // what comes later reaches the upstream later
  const fence = await Peer.exchange(lab.port('HTTP'), 'GET /fence HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n');
  const answered = client.text.match(/200 OK/gu)?.length ?? 0;
  client.socket.destroy();

  const readings = upstream.peers.map((peer) => strictRequests(peer.text));
  const seen = readings.flatMap(({ requests }) => requests).filter(({ line }) => !line.includes('/fence'));
  return [
    ...readings.filter(({ faulty }) => faulty),
    ...seen.filter((request, i) => JSON.stringify(request) !== JSON.stringify(expected[i])),
    ...(answered > seen.length ? [`${answered} answers`] : []),
    ...(fence.includes('200 OK') ? [] : [fence]),
  ];
}
