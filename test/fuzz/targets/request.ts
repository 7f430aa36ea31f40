import { Peer } from '../../gateway/peer.js';
import { type StrictReading, strictRequests } from '../../gateway/strict-requests.js';
import { InProcessGateway } from '../in-process-gateway.js';
import { must, mustEqual } from '../must.js';
import type { FuzzTarget } from '../target.js';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const FENCE = 'GET /fence HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n';
/** Beyond any request that does not hang. */
const PATIENCE_MS = 4000;
const WORDS = [
  'GET ¦POST ¦HEAD ¦OPTIONS ¦DELETE ¦CONNECT ¦PRI ¦/¦*¦http://door/¦//x@x¦?q¦ HTTP/1.1\r\n¦ HTTP/1.0\r\n¦Host: door\r\n',
  'Content-Length: ¦Content-Length: 5\r\n¦Transfer-Encoding: chunked\r\n¦Transfer-Encoding: ¦chunked¦identity¦gzip',
  'Connection: close\r\n¦Connection: Upgrade\r\nUpgrade: websocket\r\n¦Upgrade: h2c\r\n¦Connection: content-length\r\n¦TE: trailers',
  'Expect: 100-continue\r\n¦X: y\r\n¦\r\n¦\r\n\r\n¦: ¦ :¦:\t¦\r\n ¦5\r\nhello\r\n¦0\r\n\r\n¦0\r\nX: y\r\n\r\n¦;a=b¦hello¦\xe9¦Trailer: X',
  'X-Forwarded-For: 1.2.3.4\r\n¦Cookie: a\r\n¦Content_Length: 5\r\n¦Keep-Alive: x\r\n¦Proxy-Connection: x\r\n¦HTTP2-Settings: x\r\n',
].flatMap((words) => words.split('¦'));

let gateway: InProcessGateway | undefined;

/**
 * The requests of a client with a grant. SECURITY: what reaches the upstream are the first of those that a strict reader finds in
 * his bytes, whole and no others; and whoever cannot be understood is sent away.
 */
export const request: FuzzTarget = {
  name: 'request',
  covers: /\/apps\/gateway\//u,
  words: WORDS,
  maxBytes: 500,
  async run(input) {
    gateway ??= await start();
    gateway.upstream.reset();
    const { requests: expected } = strictRequests(input.toString('latin1'));
    const client = Peer.connect(gateway.port);
    client.socket.write(input);
    const answers = new RegExp(`(?:200 OK[^]*){${expected.length}}`, 'u');
    if (expected.length > 0) await soon(client.until(answers).catch(() => client.closed));
    // what comes later reaches the upstream later
    const fence = await Peer.exchange(gateway.port, FENCE);
    const { text } = client;
    client.socket.destroy();
    must('others are served as before', fence.includes('200 OK'), fence);
    checkReached(
      gateway.upstream.peers.map((peer) => strictRequests(peer.text)),
      expected,
      text,
    );
  },
  async close() {
    await gateway?.close();
    gateway = undefined;
  },
};

async function start(): Promise<InProcessGateway> {
  const started = await InProcessGateway.start();
  started.upstream.server.on('connection', () => answerEach(started.upstream.peers.at(-1)!));
  return started;
}

/** Answers each request that a strict server would see. */
function answerEach(peer: Peer): void {
  let answered = 0;
  peer.socket.on('data', () => {
    const { requests } = strictRequests(peer.text);
    for (const { line } of requests.slice(answered)) {
      peer.send(line.startsWith('HEAD ') ? ANSWER.slice(0, -'ok'.length) : ANSWER);
    }
    answered = requests.length;
  });
}

async function soon(what: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS, 'late')));
  must('every request is answered, or its connection ended', (await Promise.race([what, late])) !== 'late');
  clearTimeout(timer);
}

function checkReached(readings: readonly StrictReading[], expected: StrictReading['requests'], text: string): void {
  must(
    'the upstream can read what it gets',
    readings.every(({ faulty }) => !faulty),
    readings,
  );
  const seen = readings.flatMap(({ requests }) => requests).filter(({ line }) => !line.includes('/fence'));
  must('no more reaches the upstream than was asked', seen.length <= expected.length, { seen, expected });
  for (const [i, { line, body }] of seen.entries()) {
    const asked = expected[i]!;
    mustEqual(
      'the upstream gets what was asked',
      { line: toOrigin(line), body },
      { line: toOrigin(asked.line), body: asked.body },
    );
  }
  const answered = text.match(/200 OK/gu)?.length ?? 0;
  must('each answer is to one request', answered <= seen.length, { answered, seen });
}

/** As it goes on: in origin-form, and as HTTP/1.1. */
function toOrigin(line: string): string {
  const [method, target = '', version = ''] = line.split(/ +/u);
  const absolute = /^https?:\/\/[^/?#]+([^]*)$/iu.exec(target)?.[1];
  const path = absolute === undefined || absolute.startsWith('/') ? (absolute ?? target) : `/${absolute}`;
  return `${method} ${path} ${version.replace('1.0', '1.1')}`;
}
