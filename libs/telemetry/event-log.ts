import { createRequire } from 'node:module';
import { pino, type Logger } from 'pino';
import type { PinoPretty } from 'pino-pretty';
import { describe, type Event } from './event.js';
import { LineBuffer } from './line-buffer.js';
import { LogOutput, type LogStream } from './log-output.js';
import type { LogSink } from './log-sink.js';
import { requestLine } from './request-line.js';

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
  /** Not on a terminal: what is written there is a person's, and ends with it. */
  private readonly output: LogOutput | undefined;
  private readonly lines: LineBuffer | undefined;
  private sinks: readonly LogSink[] = [];

  constructor(level: LogLevel, out: LogStream & { isTTY?: boolean } = process.stdout) {
    if (out.isTTY !== true) {
      this.output = new LogOutput(out, (lost) => this.emit({ event: 'log_lines_lost', ...lost }));
      this.lines = new LineBuffer(this.output);
    }
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
    if (this.lines === undefined || event.event !== 'request') this.logger[level](event, msg);
    else if (this.logger.isLevelEnabled(level)) this.lines.write(requestLine(event, { level, msg, time: isoTime() }));
    if (!FREQUENT.has(event.event)) this.lines?.flush();
    if (this.sinks.length > 0 && this.logger.isLevelEnabled(level))
      for (const sink of this.sinks) sink.write(level, msg);
  }

  /** What is wrong with standard output, in words for people; undefined: nothing. */
  get problem(): string | undefined {
    const losing = this.output?.losing;
    return losing && `log: standard output: ${losing.reason}; ${losing.count} lines lost so far`;
  }

  /** From now on the log goes to these too, and begins at this level. */
  configure(level: LogLevel, sinks: readonly LogSink[]): void {
    this.logger.level = level;
    this.sinks = sinks;
  }
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
