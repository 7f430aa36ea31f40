import type { Step } from '#knock';
import { parseSequence } from './parse-sequence.js';
import type { Flaw } from './parsed.js';

/** A sequence that is still to be used, and its line in the file (from 1). */
export interface OneTimeEntry {
  readonly line: number;
  readonly steps: readonly Step[];
}

export interface OneTimeFlaw extends Omit<Flaw, 'item'> {
  readonly line: number;
}

/** knockd reads with `fgets(line, PATH_MAX, …)`: of a longer line it takes the rest as a line of its own. */
const MAX_LINE_BYTES = 4094;
/** What C's isspace() trims, without the line feed that ends the line. */
const BLANK = /^[ \t\v\f\r]*$/;
const USED = /^[ \t\v\f\r]*#/;
/** A byte order mark or a no-break space is no blank to knockd, but would be one to JavaScript. */
const FOREIGN = /[^ -~\t\v\f\r]/;

/**
 * knockd's One_Time_Sequences file (knockd(1)): a line is a sequence, one that begins with `#` is used or a comment.
 * Entries and flaws come in the file's order. Stricter than knockd, which skips a line that it cannot read in silence.
 * SECURITY: each line is a secret. No flaw may hold any part of one.
 */
export function parseOneTimeFile(text: string): {
  readonly entries: readonly OneTimeEntry[];
  readonly flaws: readonly OneTimeFlaw[];
} {
  const entries: OneTimeEntry[] = [];
  const flaws: OneTimeFlaw[] = [];
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1;
    const read = readLine(content);
    if ('steps' in read) entries.push({ line, steps: read.steps });
    else flaws.push(...read.flaws.map(({ what, instead }) => ({ line, what, instead })));
  }
  return { entries, flaws };
}

function readLine(content: string): { readonly steps: readonly Step[] } | { readonly flaws: readonly Flaw[] } {
  if (Buffer.byteLength(content) > MAX_LINE_BYTES) return { flaws: [tooLong] };
  if (BLANK.test(content) || USED.test(content)) return { flaws: [] };
  if (FOREIGN.test(content)) return { flaws: [foreign] };
  const parsed = parseSequence(content);
  return parsed.kind === 'ok' ? { steps: parsed.value } : { flaws: parsed.flaws };
}

const tooLong: Flaw = { what: `is longer than ${MAX_LINE_BYTES} bytes`, instead: 'write a shorter line' };
const foreign: Flaw = {
  what: 'holds a character that belongs in no sequence',
  instead: 'write it in plain ASCII, without a byte order mark',
};
