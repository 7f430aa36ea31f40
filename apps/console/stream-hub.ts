import type { ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { Metrics } from '#telemetry';
import type { Changes, Pulse, State } from './api-schemas.js';

/** More would be no people. */
const MAX_STREAMS = 32;
/** What may wait for a reader. One that is further behind misses what follows, and gets a new `state` once it reads on. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** After so long without reading it is no reader. */
const MAX_BEHIND_MS = 30_000;

interface Messages {
  readonly state: State;
  readonly changes: Changes;
  readonly pulse: Pulse;
}

interface Stream {
  readonly response: ServerResponse;
  /** Since when it has been behind, on the monotonic clock. */
  behindSinceMs: number | undefined;
  /** Ends with the session, in milliseconds since the epoch. */
  readonly endsAtMs: number;
}

/** The open event streams (WHATWG HTML, 9.2). What waits in memory is bounded for each. */
@Injectable()
export class StreamHub {
  private readonly streams = new Set<Stream>();
  private state: () => State = () => {
    throw new Error('streams were opened before there is a state');
  };
  private closed = false;

  constructor(@Inject(Metrics) metrics: Metrics) {
    metrics.read('knockgate_console_streams', () => this.streams.size);
  }

  /** @param state what a stream begins with */
  begin(state: () => State): void {
    this.state = state;
  }

  /** Answers with a stream that begins with the state; false, and nothing is answered, if there are too many. */
  open(response: ServerResponse, endsAtMs: number): boolean {
    if (this.closed || this.streams.size >= MAX_STREAMS) return false;
    const stream: Stream = { response, behindSinceMs: undefined, endsAtMs };
    this.streams.add(stream);
    response.on('close', () => this.streams.delete(stream));
    response.on('error', () => this.streams.delete(stream));
    response.on('drain', () => this.caughtUp(stream));
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write(`retry: 1000\n\n${message('state', this.state())}`);
    return true;
  }

  send<K extends keyof Messages>(kind: K, data: Messages[K]): void {
    if (this.streams.size === 0) return;
    const text = message(kind, data);
    for (const stream of this.streams) this.write(stream, text);
  }

  /** A new `state` for everybody: what they know is not to be relied on. */
  restart(): void {
    if (this.streams.size > 0) this.send('state', this.state());
  }

  /** Ends those whose session is over, and those that read no more. */
  sweep(nowMs: number, epochMs: number): void {
    for (const { response, behindSinceMs, endsAtMs } of this.streams) {
      if (epochMs >= endsAtMs) response.end();
      else if (behindSinceMs !== undefined && nowMs - behindSinceMs > MAX_BEHIND_MS) response.destroy();
    }
  }

  close(): void {
    this.closed = true;
    for (const { response } of this.streams) {
      response.end();
      response.socket?.destroySoon(); // who does not read does not hold up the end
    }
    this.streams.clear();
  }

  private write(stream: Stream, text: string): void {
    if (stream.behindSinceMs !== undefined) return;
    if (stream.response.writableLength > MAX_WAITING_BYTES) stream.behindSinceMs = performance.now();
    else stream.response.write(text);
  }

  private caughtUp(stream: Stream): void {
    if (stream.behindSinceMs === undefined) return;
    stream.behindSinceMs = undefined;
    stream.response.write(message('state', this.state()));
  }
}

function message(kind: string, data: unknown): string {
  return `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
}
