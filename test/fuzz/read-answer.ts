import type { AnswerHead } from '../../apps/gateway/answer-head.js';
import { AnswerReader } from '../../apps/gateway/answer-reader.js';
import { AnswerFault } from '../../apps/gateway/upstream-fault.js';
import { must } from './must.js';
import type { Answer } from './node-answer.js';

export interface Reading {
  /** Undefined without a head. */
  readonly answer: Answer | undefined;
  readonly interim: readonly number[];
  /** Why the rest is not read. */
  readonly fault: string | undefined;
}

/** What our reader makes of the answer to one request, which comes in these pieces, then the end of the connection. @throws Broken */
export function readAnswer(method: string, pieces: readonly Buffer[]): Reading {
  const reader = new AnswerReader();
  const interim: number[] = [];
  let [body, isWhole, wasLast] = ['', false, false];
  let head: AnswerHead | undefined;
  let trailers: readonly string[] = [];
  let fault: string | undefined;
  reader.expect(method, {
    interim: (status) => void interim.push(status),
    head: (found) => {
      must('there is one head', head === undefined);
      head = found;
    },
    data: (data, last) => {
      must('data come between head and end', head !== undefined && !isWhole && !wasLast && data.length > 0);
      body += data.toString('latin1');
      wasLast = last;
    },
    end: (found) => {
      must('there is one end', head !== undefined && !isWhole);
      isWhole = true;
      trailers = found;
    },
  });
  try {
    for (const piece of pieces) reader.read(Buffer.from(piece));
    const isOver = reader.endOfInput();
    must('the end of the input ends an answer, or finds it ended', isOver === isWhole);
  } catch (error) {
    if (!(error instanceof AnswerFault)) throw error;
    fault = error.message;
  }
  const framing = head?.framing;
  if (typeof framing === 'number') must('a body is as long as it says', !isWhole || body.length === framing, body);
  const answer = head && { status: head.status, reason: head.reason, fields: head.lines.raw, body, trailers, isWhole };
  return { answer, interim, fault };
}
