import type { LoggerService } from '@nestjs/common';
import type { EventLog, LogLevel } from './event-log.js';

/** Nest's own messages as events. Its start-up chatter is kept at debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly events: EventLog) {}

  log(text: unknown): void {
    this.pass('debug', text);
  }

  debug(text: unknown): void {
    this.pass('debug', text);
  }

  verbose(text: unknown): void {
    this.pass('debug', text);
  }

  warn(text: unknown): void {
    this.pass('warn', text);
  }

  error(text: unknown): void {
    this.pass('error', text);
  }

  private pass(severity: LogLevel, text: unknown): void {
    this.events.emit({ event: 'framework', severity, text: text instanceof Error ? text.message : String(text) });
  }
}
