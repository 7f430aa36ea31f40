import { parseField } from './answer-head.js';
import { AnswerFault } from './upstream-fault.js';

/** Of a size line with its extensions, which are ignored. */
const MAX_LINE_BYTES = 4096;
/** Of all trailers. */
const MAX_TRAILER_BYTES = 32 * 1024;
/** 15 digits of hex would be more than a number holds exactly. */
const SIZE_LINE = /^([\da-f]{1,13})(?:[\t ]*$|[\t ]*(?=;))/iu;
/** Those of a chunk, each a name and perhaps a value (RFC 9112, 7.1.1). */
const EXTENSIONS =
  /^(?:[\t ]*;[\t ]*[!#$%&'*+.^_`|~\w-]+(?:[\t ]*=[\t ]*(?:[!#$%&'*+.^_`|~\w-]+|"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"))?)*[\t ]*$/u;
const LF = 10;

/** Takes a body out of its chunks (RFC 9112, 7.1), which may come in pieces of any size. Strict: CRLF ends each line. */
export class ChunkedBody {
  /** name, value, name, value, … once `over`. */
  readonly trailers: string[] = [];
  over = false;
  private expects: 'size' | 'data' | 'data end' | 'trailer' = 'size';
  /** Of the chunk, where data are due. */
  private left = 0;
  /** A line whose end has not come. */
  private line = '';
  private trailerBytes = 0;

  /**
   * Reads on. @param take gets the data; they are only lent, and good until it returns
   * @returns how many bytes belonged to the body: all, unless it is over @throws AnswerFault
   */
  read(bytes: Buffer, take: (data: Buffer) => void): number {
    let at = 0;
    while (at < bytes.length && !this.over) {
      if (this.expects === 'data') {
        const data = bytes.subarray(at, at + this.left);
        at += data.length;
        this.left -= data.length;
        if (this.left === 0) this.expects = 'data end';
        take(data);
      } else {
        const end = bytes.indexOf(LF, at);
        const stop = end === -1 ? bytes.length : end + 1;
        this.line += bytes.toString('latin1', at, stop);
        at = stop;
        if (this.line.length > MAX_LINE_BYTES && this.expects !== 'trailer') throw new AnswerFault('an endless line');
        if (this.line.length + this.trailerBytes > MAX_TRAILER_BYTES) throw new AnswerFault('endless trailers');
        if (end !== -1) this.endLine();
      }
    }
    return at;
  }

  private endLine(): void {
    const { line } = this;
    this.line = '';
    if (!line.endsWith('\r\n')) throw new AnswerFault('a line without CR');
    this.take(line.slice(0, -2));
  }

  private take(line: string): void {
    switch (this.expects) {
      case 'size': {
        const size = SIZE_LINE.exec(line)?.[1];
        if (size === undefined) throw new AnswerFault('a chunk without a size');
        if (!EXTENSIONS.test(line.slice(size.length))) throw new AnswerFault('a chunk extension that is none');
        this.left = Number.parseInt(size, 16);
        this.expects = this.left === 0 ? 'trailer' : 'data';
        return;
      }
      case 'data end':
        if (line !== '') throw new AnswerFault('a chunk longer than its size');
        this.expects = 'size';
        return;
      case 'trailer':
        if (line === '') {
          this.over = true;
          return;
        }
        this.trailerBytes += line.length;
        this.trailers.push(...parseField(line));
        return;
      case 'data':
        return;
      default: {
        const exhaustive: never = this.expects;
        return exhaustive;
      }
    }
  }
}
