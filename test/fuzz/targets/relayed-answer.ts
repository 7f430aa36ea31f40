import { Agent, request } from 'node:http';
import { HeaderLines } from '../../../apps/gateway/header-fields.js';
import { answerTrailers, responseHeaders } from '../../../apps/gateway/response-headers.js';
import type { Peer } from '../../gateway/peer.js';
import { strictRequests } from '../../gateway/strict-requests.js';
import { InProcessGateway } from '../in-process-gateway.js';
import { must, mustEqual } from '../must.js';
import type { Answer } from '../node-answer.js';
import { readAnswer } from '../read-answer.js';
import type { FuzzTarget } from '../target.js';
import { ANSWER_WORDS } from './answer.js';

const METHODS = ['GET', 'HEAD', 'POST'];
const NEXT = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext';
/** What the gateway says itself of the connection to the client. */
const OWN = new Set(['connection', 'keep-alive', 'transfer-encoding', 'trailer']);

let gateway: InProcessGateway | undefined;
/** The bytes that answer the next request; undefined: `NEXT` does. */
let due: Buffer | undefined;
/** Whether the upstream closes behind them. */
let closes = false;

/**
 * The upstream's answers as a client gets them through the gateway: what our reader takes, whole and no other, or a 502, or an
 * end. SECURITY: nothing of one answer ever gets into the next, on the same connections.
 */
export const relayedAnswer: FuzzTarget = {
  name: 'relayed-answer',
  covers: /\/apps\/gateway\//u,
  words: ANSWER_WORDS,
  maxBytes: 400,
  async run(input) {
    gateway ??= await start();
    const method = METHODS[(input[0] ?? 0) % METHODS.length]!;
    const bytes = input.subarray(1);
    const expected = readAnswer(method, [bytes]);
    due = bytes;
    // one that is whole by then leaves the connection open, for the next request and what may lie about in it
    closes = expected.answer?.isWhole !== true || !isFramed(expected.answer);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const got = await ask(agent, method, gateway.port);
    due = undefined;
    const next = await ask(agent, 'GET', gateway.port);
    agent.destroy();
    const all = { bytes: bytes.toString('latin1'), expected, got, next };
    must('the next answer is the next one', next?.status === 200 && next.body === 'next' && next.isWhole, all);
    if (expected.answer === undefined) must('what cannot be read is a 502', got?.status === 502, all);
    else if (expected.answer.isWhole)
      mustEqual('the client gets the answer', got && endToEnd(got), endToEnd(expected.answer));
    else must('an answer that breaks off does not look whole', got?.isWhole !== true || got.status === 502, all);
  },
  async close() {
    await gateway?.close();
    gateway = undefined;
  },
};

/** Whether it says where it ends. */
function isFramed({ fields, status }: Answer): boolean {
  const lines = new HeaderLines(fields);
  return lines.has('content-length') || lines.has('transfer-encoding') || status === 204 || status === 304;
}

async function start(): Promise<InProcessGateway> {
  const started = await InProcessGateway.start();
  started.upstream.server.on('connection', () => answerEach(started.upstream.peers.at(-1)!));
  return started;
}

function answerEach(peer: Peer): void {
  let answered = 0;
  peer.socket.on('data', () => {
    const { length } = strictRequests(peer.text).requests;
    if (length === answered) return;
    answered = length;
    if (due === undefined) peer.send(NEXT);
    else peer.socket.write(due, () => closes && peer.socket.end());
  });
}

/** Undefined: the connection ended without an answer. */
function ask(agent: Agent, method: string, port: number): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const asked = request({ agent, method, port, host: '127.0.0.1', path: '/' });
    asked
      .on('error', () => resolve(undefined))
      .on('response', (response) => {
        const { statusCode: status, statusMessage: reason, rawHeaders: fields } = response;
        let body = '';
        response.setEncoding('latin1').on('data', (data: string) => (body += data));
        response.on('error', () => {}); // it closes
        response.on('close', () => {
          const { rawTrailers: trailers, complete: isWhole } = response;
          resolve({ status: status!, reason: reason!, fields, body, trailers, isWhole });
        });
      });
    asked.end();
  });
}

/** What is the same on both sides of the gateway. */
function endToEnd({ status, reason, fields, body, trailers, isWhole }: Answer) {
  const kept = responseHeaders(new HeaderLines(fields), status);
  const lines = kept.flatMap((name, i) =>
    i % 2 === 0 && !OWN.has(name.toLowerCase()) ? [`${name}: ${kept[i + 1]}`] : [],
  );
  return { status, reason, lines, body, trailers: answerTrailers(trailers), isWhole };
}
