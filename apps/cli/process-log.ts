import type { Settings } from '#config';
import { EventLog, LogFile, type logStream, Syslog } from '#telemetry';
import { CommandFailed } from './command-failed.js';

type LogSettings = Pick<Settings, 'logFile' | 'logLevel' | 'useSyslog'>;

/** What is open already. */
interface Opened {
  /** The log file. */
  readonly fd?: number | undefined;
  /** In place of standard output. */
  readonly out?: ReturnType<typeof logStream>;
}

/** The log of a process, and where it goes besides standard output. */
export class ProcessLog {
  readonly events: EventLog;
  private file: LogFile | undefined;
  private syslog: Syslog | undefined;

  /** @throws CommandFailed if the log file cannot be opened */
  constructor(settings: LogSettings, { fd, out }: Opened = {}) {
    this.events = new EventLog(settings.logLevel, out);
    if (settings.logFile !== undefined && fd !== undefined) this.file = this.open(settings.logFile, fd);
    this.prepare(settings)();
  }

  /** The log file's descriptor now, if there is one. */
  get fd(): number | undefined {
    return this.file?.fd;
  }

  /** The files are there under their names again, where logrotate(8) has moved them away. */
  reopen(): void {
    try {
      this.file?.reopen();
    } catch (error) {
      this.failed(this.file!.path, reasonOf(error));
    }
  }

  /**
   * Opens what these settings ask for; the answer puts it in force.
   * @throws CommandFailed if the log file cannot be opened; then nothing has changed
   */
  prepare({ logFile, logLevel, useSyslog }: LogSettings): () => void {
    const file = this.file?.path === logFile ? this.file : this.open(logFile);
    return () => {
      if (this.file !== file) this.file?.close();
      this.file = file;
      if (useSyslog) this.syslog ??= new Syslog();
      const syslog = useSyslog ? this.syslog : undefined;
      this.events.configure(
        logLevel,
        [file, syslog].filter((sink) => sink !== undefined),
      );
    };
  }

  private open(path: string | undefined, fd?: number): LogFile | undefined {
    if (path === undefined) return undefined;
    try {
      return new LogFile(path, (reason) => this.failed(path, reason), fd);
    } catch (error) {
      const instead = 'name a file in a folder that this user may write to';
      throw new CommandFailed([`logfile ${path}: cannot be opened: ${reasonOf(error)}; ${instead}`], 2, {
        cause: error,
      });
    }
  }

  private failed(file: string, reason: string): void {
    this.events.emit({ event: 'log_file_failed', file, reason });
  }
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
