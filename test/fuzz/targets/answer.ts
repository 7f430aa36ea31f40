import { cutUp } from '../cut-up.js';
import { must, mustEqual } from '../must.js';
import { nodeAnswer } from '../node-answer.js';
import { type Reading, readAnswer } from '../read-answer.js';
import type { FuzzTarget } from '../target.js';

const METHODS = ['GET', 'HEAD', 'POST'];

export const ANSWER_WORDS = [
  'HTTP/1.1 ',
  'HTTP/1.0 ',
  '200 OK',
  '100 Continue',
  '101 Switching Protocols',
  '103 Early Hints',
  '204 No Content',
  '205 ',
  '304 Not Modified',
  '\r\n',
  '\r\n\r\n',
  'Content-Length: ',
  'Content-Length: 5',
  'Transfer-Encoding: ',
  'Transfer-Encoding: chunked',
  'Connection: close',
  'Connection: keep-alive',
  'Keep-Alive: timeout=5',
  'Connection: Upgrade\r\nUpgrade: x',
  'Trailer: X',
  'chunked',
  'identity',
  'hello',
  '5\r\nhello\r\n',
  '0\r\n\r\n',
  '0\r\nX: y\r\n\r\n',
  ';a="b"',
  ' ',
  ':',
  ': ',
  '\xe9',
];

/** The upstream's answers: the same however they are cut up, and never framed otherwise than by Node's own client. */
export const answer: FuzzTarget = {
  name: 'answer',
  covers: /\/apps\/gateway\/(?:answer-|chunked-body|header-fields)/u,
  words: ANSWER_WORDS,
  maxBytes: 400,
  async run(input) {
    const method = METHODS[(input[0] ?? 0) % METHODS.length]!;
    const bytes = input.subarray(1);
    const [whole, ...others] = cutUp(bytes).map((pieces) => readAnswer(method, pieces));
    for (const other of others) mustEqual('an answer is read the same, however it is cut up', other, whole);
    await compare(method, bytes, whole!);
  },
};

/**
 * What both readers take, they take alike; and what ours takes as whole, Node's takes. SECURITY: a disagreement about where an
 * answer ends is how one client gets another's.
 */
async function compare(method: string, bytes: Buffer, ours: Reading): Promise<void> {
  if (ours.answer === undefined) return; // refused, or not there yet
  const node = await nodeAnswer(method, [bytes]);
  const both = { bytes: bytes.toString('latin1'), ours, node };
  if (node.answer === undefined) {
    must('a head that ours takes is one to Node', isStricter(node.fault, bytes), both);
    return;
  }
  const { status, reason, fields } = ours.answer;
  const head = { status: node.answer.status, reason: node.answer.reason, fields: node.answer.fields };
  mustEqual('both read one head', { status, reason, fields }, head);
  if (!ours.answer.isWhole) {
    const [a, b] = [ours.answer.body, node.answer.body];
    must('of a body that breaks off both read the same', a.startsWith(b) || b.startsWith(a), both);
    must('what ours finds broken is not whole to Node', ours.fault !== undefined || !node.answer.isWhole, both);
    return;
  }
  const framesAnew = ours.answer.trailers.some((name) => /^(?:content-length|transfer-encoding)$/iu.test(name));
  if (node.fault !== undefined && (framesAnew || isStricter(node.fault, bytes))) return; // such a trailer goes no further
  mustEqual('both read one body, to its end', ours.answer, node.answer);
}

/** Where Node's parser refuses what RFC 9112 allows, and what cannot be read in two ways. */
function isStricter(fault: string | undefined, bytes: Buffer): boolean {
  const refusesSizes = fault === 'HPE_INVALID_CHUNK_SIZE' || fault === 'HPE_STRICT';
  // 7.1.1: white space around an extension and what it is made of; some servers pad sizes with it
  return refusesSizes && /\n[\da-f]+[^\r\n]*[\t ]/iu.test(bytes.toString('latin1'));
}
