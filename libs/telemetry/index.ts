// What the processes say of themselves: each event's name and text once, one line an event.
export { DoorCounts } from './door-counts.js';
export { EventLog, type LogLevel } from './event-log.js';
export { describe as describeEvent, type Event } from './event.js';
export { LogFile } from './log-file.js';
export type { LogSink } from './log-sink.js';
export { logStream } from './log-stream.js';
export { type CountName, type Labels, Metrics, type Reading } from './metrics.js';
export { NestLogger } from './nest-logger.js';
export { oneLine } from './one-line.js';
export { foldLoads, LoadGauge, measureLoad, NO_LOAD, type ProcessLoad } from './process-load.js';
export { RateLimit } from './rate-limit.js';
export { Syslog } from './syslog.js';
