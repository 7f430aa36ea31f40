/** Fields that belong to one connection (RFC 9110, 7.6.1); the Connection field may name more. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** SECURITY: end-to-end fields which a Connection field may not take away, since the message means another without. */
const KEPT = new Set(['host', 'content-length']);

/** What Connection nearly always says, when it names no field. */
const NAMES_NONE = /^(?:keep-alive|close)$/iu;

/** Tells which fields of a message go no further, by their lower-case names. */
export function hopByHop(connection: string | undefined): (name: string) => boolean {
  if (connection === undefined || NAMES_NONE.test(connection)) return isHopByHop;
  const named = new Set(connection.split(',').map((token) => token.trim().toLowerCase()));
  return (name) => HOP_BY_HOP.has(name) || (named.has(name) && !KEPT.has(name));
}

function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}
