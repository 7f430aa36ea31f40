// What the processes say of themselves: each event's name and text once, one line an event.
export { EventLog, type LogLevel } from './event-log.js';
export type { Event } from './event.js';
export { NestLogger } from './nest-logger.js';
export { RateLimit } from './rate-limit.js';
