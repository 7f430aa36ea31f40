import type { RedisSettings } from '#config';

type Access = Pick<RedisSettings, 'username' | 'password' | 'tls' | 'tlsFiles'>;

/** Who is asked at a server, for redisCli; its query has the files of TLS. SECURITY: it says that there is a password, and not which. */
export function urlOf(store: RedisSettings, at: string): string {
  if (store.kind !== 'redis') return serverUrl(store, at);
  const url = new URL(store.url);
  if (store.username !== undefined) url.username = encodeURIComponent(store.username);
  if (store.password !== undefined) url.password = 'x';
  return withFiles(url, store);
}

/** The same of a Sentinel, who has users of its own. */
export function sentinelUrl(
  { sentinelUsername: username, sentinelPassword: password, tls, tlsFiles }: RedisSettings,
  at: string,
): string {
  return serverUrl({ username, password, tls, tlsFiles }, at);
}

function serverUrl(access: Access, at: string): string {
  const url = new URL(`${access.tls === undefined ? 'redis' : 'rediss'}://${at}`);
  url.username = encodeURIComponent(access.username ?? '');
  if (access.password !== undefined) url.password = 'x';
  return withFiles(url, access);
}

/** By the names of redis-cli's own options. */
function withFiles(url: URL, { tls, tlsFiles = {} }: Access): string {
  if (tls !== undefined) url.protocol = 'rediss:';
  const { ca, cert, key } = tlsFiles;
  for (const [option, file] of Object.entries({ cacert: ca, cert, key })) {
    if (file !== undefined) url.searchParams.set(option, file);
  }
  return url.href;
}
