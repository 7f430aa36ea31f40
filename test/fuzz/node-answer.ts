import { request } from 'node:http';
import { Duplex } from 'node:stream';

/** An answer, as some reader makes it out. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  /** name, value, name, value, … */
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  /** It came to its proper end. */
  readonly isWhole: boolean;
}

export interface NodeReading {
  /** Undefined without a head. */
  readonly answer: Answer | undefined;
  /** Its parser's code, if that gave up. */
  readonly fault: string | undefined;
}

/** What Node's own client (llhttp, strict) makes of an answer that comes in these pieces, then the end of the connection. */
export async function nodeAnswer(method: string, pieces: readonly Buffer[]): Promise<NodeReading> {
  const wire = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(), allowHalfOpen: false });
  let head: Omit<Answer, 'trailers' | 'isWhole' | 'body'> | undefined;
  let answer: Answer | undefined;
  let fault: string | undefined;
  const asked = request({ method, createConnection: () => wire, insecureHTTPParser: false });
  asked.maxHeadersCount = 0; // beyond a count it drops fields
  const closed = new Promise<void>((resolve) => wire.once('close', resolve));
  asked.on('error', (error: NodeJS.ErrnoException) => (fault ??= error.code ?? error.message));
  asked.on('upgrade', () => {
    fault = 'upgrade';
    wire.destroy();
  });
  asked.on('response', (response) => {
    const { statusCode: status, statusMessage: reason, rawHeaders: fields } = response;
    head = { status: status!, reason: reason!, fields };
    let body = '';
    const look = (): void => {
      answer = { ...head!, body, trailers: response.rawTrailers, isWhole: response.complete };
    };
    look();
    response.setEncoding('latin1').on('data', (data: string) => {
      body += data;
      look();
    });
    response.on('end', look).on('close', look).on('error', look);
  });
  await new Promise((resolve) => asked.once('socket', resolve));
  asked.end();
  for (const piece of pieces) wire.push(piece);
  wire.push(null);
  await closed;
  await new Promise(setImmediate); // what the end of the connection sets off
  return { answer, fault };
}
