import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeaderLines } from './header-fields.js';
import { answerTrailers, responseHeaders } from './response-headers.js';

/** Streams an upstream's answer to the client. `broken` is told if it cannot be passed on whole; it may have begun. */
export function relayAnswer(answer: IncomingMessage, response: ServerResponse, broken: (error: Error) => void): void {
  answer.on('error', broken);
  try {
    writeHead(answer, response);
  } catch (error) {
    answer.destroy();
    broken(error as Error); // a status or a reason phrase that Node's parser takes and its writer refuses
    return;
  }
  // before pipe's own listener, which ends the response
  answer.on('end', () => {
    response.addTrailers(answerTrailers(answer.rawTrailers));
  });
  // SECURITY: an answer that broke off must not look whole: no end of it is ever written.
  answer.on('close', () => {
    if (!answer.complete) broken(new Error('the answer broke off'));
  });
  answer.pipe(response);
}

function writeHead(answer: IncomingMessage, response: ServerResponse): void {
  response.sendDate = false; // the upstream's Date goes through, or none
  const headers = responseHeaders(new HeaderLines(answer.rawHeaders), answer.statusCode!);
  response.writeHead(answer.statusCode!, answer.statusMessage, headers);
  response.write('', 'latin1'); // an event stream's client waits for them; flushHeaders would write them as UTF-8
}
