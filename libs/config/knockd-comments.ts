const UNPRINTABLE = /[^\P{Cc}\t]|[\p{Zl}\p{Zp}]/gu;

/** The comment lines of a knockd.conf, handed out once each, to what they stand before. */
export class KnockdComments {
  readonly #lines: readonly string[];
  /** The first line (from 1) whose comment is not handed out. */
  #next = 1;

  constructor(text: string) {
    this.#lines = text.split('\n').map((line) => line.trim());
  }

  /** The comments above this line that are left, without their first `#`. Lines are to be asked for in their order. */
  before(line: number): string[] {
    const lines = this.#lines.slice(this.#next - 1, line - 1);
    this.#next = Math.max(this.#next, line);
    return lines.filter((each) => each.startsWith('#')).map((each) => printable(each.slice(1)));
  }

  rest(): string[] {
    return this.before(this.#lines.length + 1);
  }
}

/** SECURITY: whatever YAML or a terminal takes for the end of a line would end the comment. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '?');
}
