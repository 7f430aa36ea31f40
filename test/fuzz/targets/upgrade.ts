import { once } from 'node:events';
import { Peer } from '../../gateway/peer.js';
import { InProcessGateway } from '../in-process-gateway.js';
import { must, mustEqual } from '../must.js';
import { Random } from '../random.js';
import { seedOf } from '../seed-of.js';
import type { FuzzTarget } from '../target.js';
import { ANSWER_WORDS } from './answer.js';

const HANDSHAKE =
  'GET /chat HTTP/1.1\r\nHost: door\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const AGREED = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
/** What either side says last, by which one sees that all before it has come. */
const LAST = { client: '\x01client\x02', upstream: '\x01upstream\x02' } as const;
/** Beyond any exchange that does not hang. */
const PATIENCE_MS = 4000;
const MAX_PIECES = 5;

let gateway: InProcessGateway | undefined;

/**
 * A handshake (RFC 6455), what the upstream answers, and what either side sends at once: the client's bytes are behind the
 * input's first NUL. SECURITY: nothing of the client's goes on, and nothing comes to him as the other protocol, unless the
 * upstream has agreed as a strict reader sees it; then each byte comes once and in order, or both connections end.
 */
export const upgrade: FuzzTarget = {
  name: 'upgrade',
  covers: /\/apps\/gateway\//u,
  words: [
    ...ANSWER_WORDS,
    ...'HTTP/1.1 101 Switching Protocols\r\n¦HTTP/1.0 101 x\r\n¦Upgrade: websocket\r\n¦Connection: Upgrade\r\n'.split(
      '¦',
    ),
    ...'HTTP/1.1 100 Continue\r\n\r\n¦HTTP/1.1 103 Early Hints\r\n\r\n¦Upgrade: h2c\r\n¦Connection: close\r\n'.split(
      '¦',
    ),
    AGREED,
    '\0',
    '\0early',
    HANDSHAKE,
    '\x81\x05hello',
  ],
  maxBytes: 500,
  seeds: [
    AGREED,
    `${AGREED}\x81\x05hello\0\x81\x05early`,
    `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${AGREED}at once`,
    `HTTP/1.1 100 Continue\r\n\r\n${AGREED}\0${HANDSHAKE}`,
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\0early',
    'HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\n\r\nnaked\0early',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nno connection field\0early',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\nno upgrade field\0early',
    `HTTP/1.1 101 Switching Protocols\r\nContent-Length: 3\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nabcdef`,
    `HTTP/1.1 101 Switching Protocols\r\nTransfer-Encoding: chunked\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n3\r\n`,
    'nonsense\0early',
  ].map((text) => Buffer.from(text, 'latin1')),
  async run(input) {
    gateway ??= await InProcessGateway.start();
    gateway.upstream.reset();
    const random = new Random(seedOf(input));
    const [answer, early] = halves(input.toString('latin1'));
    const expected = readAgreement(answer);
    const client = Peer.connect(gateway.port);
    const inner = gateway.upstream.next();
    const sent = inPieces(client, HANDSHAKE + early, random);
    const upstream = await inner;
    await upstream.until('\r\n\r\n');
    await Promise.all([sent, inPieces(upstream, answer, random)]);
    const both = { answer, early, client, upstream };
    if (expected.kind === 'agreed') await agreed({ ...both, rest: expected.rest, clientLeaves: random.once(2) });
    else await refused(both, expected.kind);
  },
  async close() {
    await gateway?.close();
    gateway = undefined;
  },
};

interface Exchange {
  readonly answer: string;
  readonly early: string;
  readonly client: Peer;
  readonly upstream: Peer;
}

async function refused({ answer, early, client, upstream }: Exchange, why: 'refused' | 'unreadable'): Promise<void> {
  upstream.socket.end();
  await soon('who is refused is sent away', client.closed);
  await soon('a refused upgrade leaves no connection upstream', upstream.closed);
  const all = { answer, early, client: client.text, upstream: bodyOf(upstream.text) };
  const told = /^HTTP\/1\.1 101/mu.test(headOf(client.text));
  if (told && why === 'unreadable') return;
  must('nobody is told of a 101 that the upstream has not said', !told, all);
  mustEqual('no byte of the client goes on before there is a 101', all.upstream, '');
}

async function agreed(exchange: Exchange & { readonly rest: string; readonly clientLeaves: boolean }): Promise<void> {
  const { answer, early, rest, client, upstream, clientLeaves } = exchange;
  client.send(LAST.client);
  upstream.send(LAST.upstream);
  const ended = Promise.all([client.closed, upstream.closed]).then(() => 'ended' as const);
  const carried = Promise.all([client.until(LAST.upstream), upstream.until(LAST.client)]).then(
    () => 'carried' as const,
  );
  const how = await soon('all is carried, or both connections end', Promise.race([ended, carried.catch(() => ended)]));
  const got = { client: bodyOf(client.text), upstream: bodyOf(upstream.text) };
  const all = { answer, early, how, text: client.text, got };
  const due = { client: rest + LAST.upstream, upstream: early + LAST.client };
  if (how === 'carried') {
    must('the client is told of the 101', client.text.startsWith('HTTP/1.1 101 '), all);
    mustEqual('each byte comes once, and in order', got, due);
  } else if (client.text.startsWith('HTTP/1.1 101 ')) {
    must(
      'what comes before an end is right',
      due.client.startsWith(got.client) && due.upstream.startsWith(got.upstream),
      all,
    );
  } else {
    mustEqual('no byte of the client goes on without a 101', got.upstream, '');
  }
  const [leaver, other] = clientLeaves ? [client, upstream] : [upstream, client];
  leaver.socket.destroy();
  await soon('neither end outlives the other', other.closed);
}

type Agreement = { readonly kind: 'agreed'; readonly rest: string } | { readonly kind: 'refused' | 'unreadable' };

/**
 * What a strict reader (RFC 9110, 7.8 and 15.2.2) finds behind the 101. Unreadable: a head that is over, in lines that Node's
 * client may take for what they were meant to be; what it makes of them goes on in lines of our own.
 */
function readAgreement(answer: string): Agreement {
  const [all, status = '', lines = ''] =
    /^HTTP\/1\.1 (\d{3})(?: [^\r\n\0]*)?\r\n((?:[!#$%&'*+.^_`|~\w-]+:[^\r\n\0]*\r\n)*)\r\n/u.exec(answer) ?? [];
  if (all === undefined) return { kind: /\n\r?\n/u.test(answer) ? 'unreadable' : 'refused' };
  const rest = answer.slice(all.length);
  if (status !== '101') return status.startsWith('1') ? readAgreement(rest) : { kind: 'refused' };
  const fields = lines.toLowerCase().split('\r\n');
  const valuesOf = (name: string): string[] =>
    fields
      .flatMap((line) => (line.startsWith(`${name}:`) ? line.slice(name.length + 1).split(',') : []))
      .map((each) => each.trim());
  return valuesOf('connection').includes('upgrade') && valuesOf('upgrade').includes('websocket')
    ? { kind: 'agreed', rest }
    : { kind: 'refused' };
}

function halves(text: string): readonly [string, string] {
  const at = text.indexOf('\0');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Each piece by itself, as far as that is in our hands: the kernel may put them together. */
async function inPieces(peer: Peer, text: string, random: Random): Promise<void> {
  if (!peer.socket.connecting) await Promise.resolve();
  else await once(peer.socket, 'connect');
  const cuts = Array.from({ length: random.below(MAX_PIECES) }, () => random.below(text.length + 1));
  const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
  for (const [i, end] of at.slice(1).entries()) {
    if (peer.socket.writable) peer.send(text.slice(at[i], end));
    await new Promise(setImmediate);
  }
}

function headOf(text: string): string {
  return text.slice(0, text.length - bodyOf(text).length);
}

function bodyOf(text: string): string {
  const at = text.indexOf('\r\n\r\n');
  return at === -1 ? '' : text.slice(at + '\r\n\r\n'.length);
}

async function soon<T>(rule: string, what: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS, 'late')));
  const first = await Promise.race([what, late]);
  clearTimeout(timer);
  must(rule, first !== 'late');
  return first;
}
