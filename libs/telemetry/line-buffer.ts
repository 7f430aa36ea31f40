/** Beyond this it is written at once. */
const MAX_LENGTH = 64 * 1024;

/**
 * Writes lines together that come in one turn of the event loop. What is in it is written before the process ends, however
 * it does, unless it is killed.
 */
export class LineBuffer {
  private text = '';
  private scheduled: NodeJS.Immediate | undefined;
  private readonly flushNow = (): void => this.flush();

  constructor(private readonly out: { write(text: string): unknown }) {}

  write(line: string): void {
    this.text += line;
    if (this.text.length > MAX_LENGTH) this.flush();
    else if (this.scheduled === undefined) {
      this.scheduled = setImmediate(this.flushNow);
      process.once('exit', this.flushNow);
    }
  }

  /** Writes what there is. */
  flush(): void {
    if (this.scheduled !== undefined) {
      clearImmediate(this.scheduled);
      process.off('exit', this.flushNow);
    }
    this.scheduled = undefined;
    const { text } = this;
    this.text = '';
    if (text !== '') this.out.write(text);
  }
}
