import { closeSync, openSync, writeSync } from 'node:fs';
import type { LogLevel } from './event-log.js';
import type { LogSink } from './log-sink.js';
import { oneLine } from './one-line.js';

const MODE = 0o640;

/**
 * knockd's log file: `[2026-11-23 02:40] 203.0.113.7: HTTP: Stage 1`, local time, so that rules written for it keep
 * matching. Written at once and not behind our back: a line that was logged is there, whatever becomes of the process,
 * and two processes may share the file.
 */
export class LogFile implements LogSink {
  fd: number;
  private failed = false;

  /** @param fd it is open already, by that descriptor @throws the system's error if it cannot be opened */
  constructor(
    readonly path: string,
    private readonly onFailure: (reason: string) => void,
    fd?: number,
  ) {
    this.fd = fd ?? openSync(path, 'a', MODE);
  }

  write(_level: LogLevel, msg: string): void {
    try {
      writeSync(this.fd, `[${stamp(new Date())}] ${oneLine(msg)}\n`);
      this.failed = false;
    } catch (error) {
      if (this.failed) return; // a full disk is said once
      this.failed = true;
      this.onFailure((error as NodeJS.ErrnoException).code ?? String(error));
    }
  }

  /** Goes on in a new file of that name, where logrotate(8) has moved the old one away. @throws as the constructor; then it goes on in the old one */
  reopen(): void {
    const before = this.fd;
    this.fd = openSync(this.path, 'a', MODE);
    closeSync(before);
  }

  close(): void {
    closeSync(this.fd);
  }
}

function stamp(now: Date): string {
  const [month, day, hours, minutes] = [now.getMonth() + 1, now.getDate(), now.getHours(), now.getMinutes()].map(
    (part) => String(part).padStart(2, '0'),
  );
  return `${now.getFullYear()}-${month}-${day} ${hours}:${minutes}`;
}
