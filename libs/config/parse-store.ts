import { ok, type Parsed, wrong } from './parsed.js';

/** What fits into one word: no server at all, or one. */
export type StoreWord = { readonly kind: 'memory' } | { readonly kind: 'redis'; readonly url: string };

const DATABASE = /^(?:\/\d*)?$/;

/**
 * `memory`, or a redis:// or rediss:// URL.
 * SECURITY: the URL may hold a password, so no flaw repeats it.
 */
export function parseStore(text: string): Parsed<StoreWord> {
  const trimmed = text.trim();
  if (trimmed === 'memory') return ok({ kind: 'memory' });
  if (isRedisUrl(trimmed)) return ok({ kind: 'redis', url: trimmed });
  return wrong({
    what: 'is not a store',
    instead: 'write redis://HOST:PORT, rediss://HOST:PORT (TLS), or the word memory',
  });
}

export function isRedisUrl(text: string): boolean {
  if (!/^rediss?:\/\//.test(text) || /\s/.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname } = new URL(text);
  return hostname !== '' && DATABASE.test(pathname);
}
