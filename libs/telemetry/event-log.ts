import { createRequire } from 'node:module';
import { pino, stdTimeFunctions, type Logger } from 'pino';
import type { PinoPretty } from 'pino-pretty';
import { describe, type Event } from './event.js';
import type { LogSink } from './log-sink.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * The log: one line an event on standard output, JSON, or coloured text if that is a terminal. `msg` has knockd's
 * wording, so that rules written for knockd's log keep matching; the other fields say the same in pieces.
 *
 * SECURITY: events carry no sequence, secret or token (see `Event`), so neither can a log line.
 */
export class EventLog {
  private readonly logger: Logger;
  private sinks: readonly LogSink[] = [];

  constructor(level: LogLevel, out: NodeJS.WritableStream & { isTTY?: boolean } = process.stdout) {
    const stream = out.isTTY === true ? terminal(out) : out;
    this.logger = pino(
      {
        level,
        base: null,
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      stream,
    );
  }

  emit(event: Event): void {
    const { level, msg } = describe(event);
    this.logger[level](event, msg);
    if (this.logger.isLevelEnabled(level)) for (const sink of this.sinks) sink.write(level, msg);
  }

  /** From now on the log goes to these too, and begins at this level. */
  configure(level: LogLevel, sinks: readonly LogSink[]): void {
    this.logger.level = level;
    this.sinks = sinks;
  }
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
