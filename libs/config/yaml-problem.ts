import type { ErrorCode } from 'yaml';
import type { Flaw } from './parsed.js';

type Problems = { readonly [C in ErrorCode]?: Flaw };

const PROBLEMS: Problems = {
  DUPLICATE_KEY: { what: 'this key is there twice', instead: 'keep one of the two' },
  TAB_AS_INDENT: { what: 'a tab as indentation', instead: 'YAML wants spaces' },
  BAD_INDENT: { what: 'wrong indentation', instead: 'indent the keys of one map by the same number of spaces' },
  MULTILINE_IMPLICIT_KEY: { what: 'a key over two lines', instead: 'write KEY: VALUE, with a space after the colon' },
  MISSING_CHAR: { what: 'a quote, a bracket or a space is missing', instead: 'close what was opened before this line' },
  MULTIPLE_DOCS: { what: 'a second document begins here', instead: 'remove the --- and what follows it' },
  NON_STRING_KEY: { what: 'a key that is not text', instead: 'write KEY: VALUE' },
  TAG_RESOLVE_FAILED: { what: 'an unknown YAML tag', instead: 'put quotes round a value that begins with !' },
  BAD_ALIAS: { what: 'an alias without its anchor', instead: 'put quotes round a value that begins with *' },
};

const OTHER: Flaw = {
  what: 'this is not YAML',
  instead: 'write KEY: VALUE, and quotes round a value with special characters',
};

// `listen: [::]:80` is the mistake that the notation of other tools invites: to YAML the brackets are a list.
const BARE_IPV6 = /(?<!["'])\[[0-9a-f:.]*:[0-9a-f:.]*\]:\d/i;
const BARE_IPV6_FLAW: Flaw = {
  what: 'an IPv6 address without quotes, which YAML takes for a list',
  instead: 'write "[::]:PORT", with the quotes',
};

/**
 * The flaw behind an error of the YAML parser in this source line.
 * SECURITY: the parser's own messages quote the source, and with it a sequence; they are never shown.
 */
export function yamlProblem(code: ErrorCode, sourceLine: string): Flaw {
  return BARE_IPV6.test(sourceLine) ? BARE_IPV6_FLAW : (PROBLEMS[code] ?? OTHER);
}
