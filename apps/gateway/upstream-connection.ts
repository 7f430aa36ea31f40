import type { Socket } from 'node:net';
import { meetDeadlines } from '#grants';
import { wasReset } from '#kernel';
import { AnswerReader, type AnswerSink } from './answer-reader.js';
import { UpstreamHangUp, UpstreamTimeout } from './upstream-fault.js';

/** Most answers fit into the small one; a connection that has filled it gets fewer and larger reads from then on. */
const READ_BYTES = { small: 16 * 1024, large: 64 * 1024 } as const;

/** Where a socket's bytes go, without a copy and without Node's streams (net.connect, `onread`). */
export interface Reading {
  readonly buffer: () => Buffer;
  /** @returns whether to read on */
  readonly callback: (count: number, buffer: Buffer) => boolean;
}

/**
 * Opens a socket to the upstream. Bytes that have to be ahead of any request, such as a PROXY protocol header, are written
 * here: what is written first is sent first.
 */
export type Connect = (reading: Reading) => Socket;

/** The exchange that is under way on a connection. Of `end` and `failed` one is called, once, unless it is let go before. */
export interface Exchanging extends AnswerSink {
  failed(error: Error): void;
  /** The upstream takes more of the request again. */
  drained(): void;
  /** Whether it is now the client, in the midst of an upload, that keeps both waiting. */
  readonly waitsForClient: boolean;
  /** What came at once has been handed over. @returns whether what `data` was lent is needed no more */
  flush(): boolean;
}

/** One connection to the upstream, for one exchange at a time. */
export class UpstreamConnection {
  /** Exchanges before the present one. */
  uses = 0;
  private readonly socket: Socket;
  private readonly reader = new AnswerReader();
  private exchange: Exchanging | undefined;
  private buffer: Buffer | undefined;
  private isPaused = false;
  private bufferBytes: number = READ_BYTES.small;
  /** What the buffer holds is still on its way to a client. */
  private isLent = false;

  constructor(
    connect: Connect,
    /** Told when it is of no more use. */
    private readonly onClose: (connection: UpstreamConnection) => void,
  ) {
    this.socket = connect({
      buffer: () => this.nextBuffer(),
      callback: (count, buffer) => this.read(count, buffer),
    });
    this.socket
      .on('error', (error) => this.fail(error))
      .on('end', () => this.endOfInput())
      .on('close', () => this.fail(new UpstreamHangUp('closed')))
      .on('drain', () => this.exchange?.drained())
      .on('timeout', () => this.silent());
  }

  get isUsable(): boolean {
    return this.socket.writable && !this.socket.destroyed;
  }

  /** The request may be written now. Nothing must stand still for longer than `timeoutMs` before its answer begins. */
  begin(exchange: Exchanging, method: string, timeoutMs: number): void {
    this.exchange = exchange;
    this.reader.expect(method, exchange);
    if (this.socket.timeout !== timeoutMs) this.socket.setTimeout(timeoutMs);
  }

  /** @returns false if it is better to wait for `drained` */
  write(part: string | Buffer): boolean {
    return typeof part === 'string' ? this.socket.write(part, 'latin1') : this.socket.write(part);
  }

  /** What is written until `uncork` goes out together. */
  cork(): void {
    this.socket.cork();
  }

  uncork(): void {
    this.socket.uncork();
  }

  /** Whether the upstream takes no more for now. */
  get isFull(): boolean {
    return this.socket.writableNeedDrain;
  }

  /** Whether the upstream has begun to answer. */
  get hasAnswer(): boolean {
    return this.reader.hasBegun;
  }

  pause(): void {
    this.isPaused = true;
    this.socket.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.socket.resume();
  }

  /** The exchange is over: another may come. */
  release(): void {
    this.exchange = undefined;
    this.uses += 1;
    if (this.isPaused) this.resume();
  }

  /** Lets go of the exchange, and of the connection. */
  destroy(): void {
    this.exchange = undefined;
    this.onClose(this);
    this.socket.destroy();
  }

  private nextBuffer(): Buffer {
    if (this.buffer?.length === this.bufferBytes && !this.isLent) return this.buffer;
    this.isLent = false;
    return (this.buffer = Buffer.allocUnsafeSlow(this.bufferBytes));
  }

  private read(count: number, buffer: Buffer): boolean {
    meetDeadlines();
    const { exchange } = this;
    if (count === buffer.length) this.bufferBytes = READ_BYTES.large;
    try {
      this.reader.read(buffer.subarray(0, count));
    } catch (error) {
      this.fail(error as Error);
    }
    this.isLent = exchange?.flush() === false;
    return !this.isPaused;
  }

  private endOfInput(): void {
    if (this.exchange === undefined) this.destroy();
    else if (wasReset(this.socket) || !this.reader.endOfInput()) this.fail(new UpstreamHangUp('the upstream hung up'));
  }

  private silent(): void {
    const { exchange } = this;
    if (exchange === undefined || !this.reader.isDue) return;
    if (!this.socket.connecting && exchange.waitsForClient) this.socket.setTimeout(this.socket.timeout!);
    else this.fail(new UpstreamTimeout('no answer'));
  }

  private fail(error: Error): void {
    const { exchange } = this;
    this.destroy();
    exchange?.failed(error);
  }
}
