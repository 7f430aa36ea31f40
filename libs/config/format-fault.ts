import type { Fault } from './fault.js';

// File and door names are free text: a line break or an escape sequence in one must not forge a line on a terminal.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** `FILE:LINE: what; instead`, always one line. */
export function formatFault({ file, line, what, instead }: Fault): string {
  return `${file}:${line}: ${what}; ${instead}`.replace(UNPRINTABLE, '?');
}
