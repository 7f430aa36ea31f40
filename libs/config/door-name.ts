// Names are part of Redis keys: braces would move a key to another cluster slot, colons and brackets would make
// `knockgate:{DOOR}:grant:IP` ambiguous.
const DOOR_NAME = /^(?! )[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,64}(?<! )$/u;
const RESERVED = /[{}[\]:]/;

export const DOOR_NAME_FORM = 'use 1 to 64 printable characters without { } [ ] : and without a space at either end';

/** Also refuses `__proto__`, which cannot be a key of a plain object. */
export function isDoorName(text: string): boolean {
  return DOOR_NAME.test(text) && !RESERVED.test(text) && text !== '__proto__';
}

/**
 * The name for a fault's text. Only what reads like a name is shown, and no number of it: in a broken file a sequence
 * may stand where a name should.
 */
export function shownName(text: string): string {
  return isDoorName(text) && /^\p{L}/u.test(text) ? text.replaceAll(/\d{2,}/g, '…') : '…';
}
