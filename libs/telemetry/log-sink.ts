import type { LogLevel } from './event-log.js';

/** Where the log goes besides standard output: the text of each event, without its fields. Never throws. */
export interface LogSink {
  write(level: LogLevel, msg: string): void;
}
