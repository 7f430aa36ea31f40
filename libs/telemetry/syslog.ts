import { UnixDatagram } from '#kernel';
import type { LogLevel } from './event-log.js';
import type { LogSink } from './log-sink.js';
import { oneLine } from './one-line.js';

const DEV_LOG = '/dev/log';
/** syslog(3): LOG_USER, as knockd's. */
const FACILITY = 1 << 3;
/** knockd logs all at LOG_NOTICE, so that is where its messages stay. */
const SEVERITY: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 5, debug: 7 };
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Daemons cut at about 8 KiB (rsyslog's $MaxMessageSize). */
const MAX_LENGTH = 8000;

/**
 * syslog(3), which waits for a daemon that does not read; this one does not: a line that finds no room is lost, and a
 * daemon that is started anew gets the next one.
 */
export class Syslog implements LogSink {
  private readonly socket = new UnixDatagram(DEV_LOG);

  write(level: LogLevel, msg: string): void {
    const head = `<${FACILITY | SEVERITY[level]}>${stamp(new Date())} knockgate[${process.pid}]: `;
    this.socket.send((head + oneLine(msg)).slice(0, MAX_LENGTH));
  }

  close(): void {
    this.socket.close();
  }
}

/** RFC 3164, 4.1.2: local time, the day padded with a space. */
function stamp(now: Date): string {
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `${MONTHS[now.getMonth()]} ${String(now.getDate()).padStart(2)} ${time.join(':')}`;
}
