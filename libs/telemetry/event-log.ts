import { createRequire } from 'node:module';
import { pino, type Logger } from 'pino';
import type { PinoPretty } from 'pino-pretty';
import { describe, type Event } from './event.js';
import { LineBuffer } from './line-buffer.js';
import type { LogSink } from './log-sink.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** There may be thousands a second: they are written together, at the end of what the process does just now. */
const FREQUENT: ReadonlySet<Event['event']> = new Set(['connection', 'request']);

/**
 * The log: one line an event on standard output, JSON, or coloured text if that is a terminal. `msg` has knockd's
 * wording, so that rules written for knockd's log keep matching; the other fields say the same in pieces.
 *
 * SECURITY: events carry no sequence, secret or token (see `Event`), so neither can a log line.
 */
export class EventLog {
  private readonly logger: Logger;
  private readonly lines: LineBuffer | undefined;
  private sinks: readonly LogSink[] = [];

  constructor(level: LogLevel, out: NodeJS.WritableStream & { isTTY?: boolean } = process.stdout) {
    keepOn(out);
    this.lines = out.isTTY === true ? undefined : new LineBuffer(out);
    this.logger = pino(
      {
        level,
        base: null,
        timestamp: isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      this.lines ?? terminal(out),
    );
  }

  emit(event: Event): void {
    const { level, msg } = describe(event);
    this.logger[level](event, msg);
    if (!FREQUENT.has(event.event)) this.lines?.flush();
    if (this.logger.isLevelEnabled(level)) for (const sink of this.sinks) sink.write(level, msg);
  }

  /** From now on the log goes to these too, and begins at this level. */
  configure(level: LogLevel, sinks: readonly LogSink[]): void {
    this.logger.level = level;
    this.sinks = sinks;
  }
}

const kept = new WeakSet<NodeJS.WritableStream>();

/** A full disk or a reader that has left costs lines; an error that nobody hears would end the process. */
function keepOn(out: NodeJS.WritableStream): void {
  if (!kept.has(out)) out.on('error', () => {});
  kept.add(out);
}

let spelled = { ms: -1, field: '' };

/** Spelled once a millisecond: that costs more than all the rest of a line. */
function isoTime(): string {
  const ms = Date.now();
  if (ms !== spelled.ms) spelled = { ms, field: `,"time":"${new Date(ms).toISOString()}"` };
  return spelled.field;
}

function terminal(destination: NodeJS.WritableStream): NodeJS.WritableStream {
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof PinoPretty; // a service loads it not
  return pretty({
    destination,
    sync: true,
    colorize: true,
    hideObject: true,
    ignore: 'event',
    translateTime: 'HH:MM:ss.l',
  });
}
