import { wrapped } from '../command-texts.js';

/** Lines of a page's source are no longer (mandoc -T lint). */
const COLUMNS = 80;

// groff_char(7): what would otherwise be typeset as another character, or start a request
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': String.raw`\e`,
  '-': String.raw`\-`,
  "'": String.raw`\(aq`,
  '"': String.raw`\(dq`,
  '`': String.raw`\(ga`,
  '^': String.raw`\(ha`,
  '~': String.raw`\(ti`,
  '…': String.raw`\&...`,
};

/** Text as roff(7) takes it. */
export function escaped(text: string): string {
  const safe = text.replaceAll(/[\\\-'"`^~…]/gu, (character) => ESCAPES[character]!);
  return safe.startsWith('.') ? String.raw`\&${safe}` : safe;
}

/** A paragraph that is filled. */
export function filled(text: string): string[] {
  return wrapped(escaped(text), COLUMNS);
}

/** Lines that stay as they are. */
export function verbatim(lines: readonly string[]): string[] {
  return ['.EX', ...lines.map(escaped), '.EE'];
}

export function bold(text: string): string {
  return String.raw`\fB${escaped(text)}\fR`;
}

export function italic(text: string): string {
  return String.raw`\fI${escaped(text)}\fR`;
}
