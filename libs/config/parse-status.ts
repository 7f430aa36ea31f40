import { ok, type Parsed, wrong } from './parsed.js';

export const STATUS_FORM = 'write off, on (/.knock/status) or a path like /.door';
const PRESET = '/.knock/status';
const MAX_CHARACTERS = 200;
/** RFC 3986, 3.3, from the root: no empty segment, and no dot segment, which clients take out before they ask. */
const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))(?:[\w.~!$&'()*+,;=:@-]|%[\da-f]{2})+)+$/iu;

/** The path at which a granted client may ask how long the door stays open; null: at none. */
export function parseStatus(text: string): Parsed<string | null> {
  const trimmed = text.trim();
  if (trimmed === 'off') return ok(null);
  if (trimmed === 'on') return ok(PRESET);
  if (PATH.test(trimmed) && trimmed.length <= MAX_CHARACTERS) return ok(trimmed);
  const what = trimmed.startsWith('/') ? 'is not a path that a client could ask for' : 'is not one of its words';
  return wrong({ what, instead: STATUS_FORM });
}
