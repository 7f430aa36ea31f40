import { type AnswerHead, parseAnswerHead } from './answer-head.js';
import { ChunkedBody } from './chunked-body.js';
import { AnswerFault } from './upstream-fault.js';

/** Told of an answer, piece by piece. */
export interface AnswerSink {
  /** An interim answer, 1xx, of which any number may come; never 101. */
  interim(status: number): void;
  head(head: AnswerHead): void;
  /** @param data only lent: good until this returns @param last whether nothing follows but `end` */
  data(data: Buffer, last: boolean): void;
  /** @param trailers name, value, name, value, … */
  end(trailers: readonly string[]): void;
}

/** Of all header fields together; as many as a request may have. */
const MAX_HEAD_BYTES = 32 * 1024;
const HEAD_START = 'HTTP/1.';
const HEAD_END = Buffer.from('\r\n\r\n');
const NO_TRAILERS: readonly string[] = [];

/** Reads the answer to one request after the other from an upstream's bytes, in pieces of any size. */
export class AnswerReader {
  private state: 'idle' | 'head' | 'counted' | 'chunked' | 'close' = 'idle';
  /** What has come of a head. */
  private begun: Buffer | undefined;
  private left = 0;
  private chunks: ChunkedBody | undefined;
  private method = '';
  private sink: AnswerSink | undefined;

  /** An answer is due now. */
  expect(method: string, sink: AnswerSink): void {
    this.state = 'head';
    this.method = method;
    this.sink = sink;
  }

  /** Whether the head of an answer is still to come. */
  get isDue(): boolean {
    return this.state === 'head';
  }

  /** Whether any byte of an answer has come. */
  get hasBegun(): boolean {
    return !this.isDue || this.begun !== undefined;
  }

  /**
   * @throws AnswerFault; nothing more is to be read then
   * SECURITY: also if there are bytes behind the answer: they must not be read as the answer to another request
   */
  read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) at += this.readSome(at === 0 ? bytes : bytes.subarray(at));
  }

  /** The upstream sends no more. @returns whether that was the proper end of an answer */
  endOfInput(): boolean {
    if (this.state !== 'close') return this.state === 'idle';
    this.finish(NO_TRAILERS);
    return true;
  }

  private readSome(bytes: Buffer): number {
    switch (this.state) {
      case 'idle':
        throw new AnswerFault('bytes that nobody asked for');
      case 'head':
        return this.readHead(bytes);
      case 'counted': {
        const data = bytes.length > this.left ? bytes.subarray(0, this.left) : bytes;
        this.left -= data.length;
        this.sink!.data(data, this.left === 0);
        if (this.left === 0) this.finish(NO_TRAILERS);
        return data.length;
      }
      case 'chunked': {
        const chunks = this.chunks!;
        const read = chunks.read(bytes, (data) => this.sink!.data(data, false));
        if (chunks.over) this.finish(chunks.trailers);
        return read;
      }
      case 'close':
        this.sink!.data(bytes, false);
        return bytes.length;
      default: {
        const exhaustive: never = this.state;
        return exhaustive;
      }
    }
  }

  private readHead(bytes: Buffer): number {
    const before = this.begun?.length ?? 0;
    const all = this.begun === undefined ? bytes : Buffer.concat([this.begun, bytes]);
    const end = all.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length));
    // a part of its end may be there already
    const least = end === -1 ? all.length - HEAD_END.length + 1 : end;
    if (least > MAX_HEAD_BYTES) throw new AnswerFault('an endless header');
    if (end === -1) {
      // what speaks another protocol may never send an empty line
      if (!HEAD_START.startsWith(all.toString('latin1', 0, HEAD_START.length))) throw new AnswerFault('no status line');
      this.begun = before === 0 ? Buffer.from(bytes) : all;
      return bytes.length;
    }
    this.begun = undefined;
    this.takeHead(parseAnswerHead(all.toString('latin1', 0, end), this.method));
    return end + HEAD_END.length - before;
  }

  private takeHead(head: AnswerHead): void {
    const { status, framing } = head;
    if (status === 101) throw new AnswerFault('an upgrade that nobody asked for');
    if (status < 200) {
      if (!head.keepsAlive) throw new AnswerFault('an interim answer that is the last');
      this.sink!.interim(status);
      return;
    }
    this.sink!.head(head);
    if (framing === 'chunked') {
      this.chunks = new ChunkedBody();
      this.state = 'chunked';
    } else if (framing === 'close') {
      this.state = 'close';
    } else {
      this.left = framing;
      this.state = 'counted';
      if (framing === 0) this.finish(NO_TRAILERS);
    }
  }

  private finish(trailers: readonly string[]): void {
    const sink = this.sink!;
    this.state = 'idle';
    this.sink = undefined;
    this.chunks = undefined;
    sink.end(trailers);
  }
}
