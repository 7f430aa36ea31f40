import { pino, stdTimeFunctions, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { describe, type Event } from './event.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * The log: one line an event on standard output, JSON, or coloured text if that is a terminal. `msg` has knockd's
 * wording, so that rules written for knockd's log keep matching; the other fields say the same in pieces.
 *
 * SECURITY: events carry no sequence, secret or token (see `Event`), so neither can a log line.
 */
export class EventLog {
  private readonly logger: Logger;

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
  }
}

function terminal(destination: NodeJS.WritableStream): NodeJS.WritableStream {
  return pretty({
    destination,
    sync: true,
    colorize: true,
    hideObject: true,
    ignore: 'event',
    translateTime: 'HH:MM:ss.l',
  });
}
