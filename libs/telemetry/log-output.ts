import { fstatSync, writeSync } from 'node:fs';

/** Bytes that wait for a reader who is slow, or stands still. */
const MAX_WAITING = 1024 * 1024;

/** Standard output, or what stands for it. */
export type LogStream = NodeJS.WritableStream & { readonly writableLength?: number; readonly fd?: number };

/** Lines that could not be written, and why. */
export interface LostLines {
  readonly count: number;
  readonly reason: string;
}

/**
 * Where the log is written. Never throws, and never holds more than a megabyte for a reader: a full disk, a pipe that nobody
 * reads and one whose reader has gone cost lines, which are counted, and nothing else.
 */
export class LogOutput {
  private lost: LostLines | undefined;
  /** Of a file, which a stream would give up for good at its first full disk. */
  private readonly file: number | undefined;
  /** Why the stream takes nothing any more. */
  private ended: string | undefined;
  /** The disk was full in the middle of a line. */
  private cut = false;

  /** @param onLost lines were lost, and now they are written again */
  constructor(
    private readonly out: LogStream,
    private readonly onLost: (lost: LostLines) => void,
  ) {
    this.file = out.fd !== undefined && isWrittenAtOnce(out.fd) ? out.fd : undefined;
    out.on('error', (error: NodeJS.ErrnoException) => (this.ended = error.code ?? error.message));
    out.on('drain', () => this.sayLost());
  }

  /** What has been lost since lines were last written; undefined: nothing. */
  get losing(): LostLines | undefined {
    return this.lost;
  }

  /** @param text whole lines */
  write(text: string): void {
    const fault = this.fault ?? this.put(text);
    if (fault === undefined) this.sayLost();
    else this.lost = { count: (this.lost?.count ?? 0) + linesOf(text), reason: fault };
  }

  private get fault(): string | undefined {
    if (this.ended !== undefined) return this.ended;
    return (this.out.writableLength ?? 0) > MAX_WAITING ? 'whoever reads it is too slow' : undefined;
  }

  /** The answer says why it could not be written. */
  private put(text: string): string | undefined {
    if (this.file === undefined) {
      this.out.write(text);
      return undefined;
    }
    const bytes = Buffer.from(this.cut ? `\n${text}` : text);
    try {
      for (let at = 0; at < bytes.length; this.cut = at < bytes.length) at += writeSync(this.file, bytes, at);
      return undefined;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error);
    }
  }

  private sayLost(): void {
    const { lost } = this;
    if (lost === undefined) return;
    this.lost = undefined;
    this.onLost(lost);
  }
}

/** A file or a device; pipes and sockets are what somebody reads. */
function isWrittenAtOnce(fd: number): boolean {
  const stats = fstatSync(fd);
  return stats.isFile() || stats.isCharacterDevice();
}

function linesOf(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
