import { shellWord } from './shell-word.js';

const DEFAULT_PORT = '6379';

/** A redis-cli command line for the Redis of a URL (redis-url.ts). SECURITY: it asks for the password, which no output may show. */
export function redisCli(url: string, ...words: readonly string[]): string {
  const { protocol, hostname, port, username, password, searchParams } = new URL(url);
  const files = [...searchParams].flatMap(([option, file]) => [`--${option}`, shellWord(file)]);
  const tls = protocol === 'rediss:' ? ['--tls', ...files] : [];
  const user = username === '' ? [] : ['--user', shellWord(decodeURIComponent(username))];
  const secret = password === '' ? [] : ['--askpass'];
  const host = shellWord(hostname.replace(/^\[|\]$/gu, ''));
  return ['redis-cli', ...tls, '-h', host, '-p', port || DEFAULT_PORT, ...user, ...secret, ...words].join(' ');
}
