import { isLoopback, parseAddress } from '#address';
import type { ListenAddress } from './listen-address.js';
import { parseListen } from './parse-listen.js';
import { parsePort } from './parse-port.js';
import { ok, type Parsed, wrong } from './parsed.js';

/** Where the console is unless the config says. */
export const CONSOLE_ADDRESS: ListenAddress = { host: '127.0.0.1', port: 4080 };

/**
 * One loopback address; a port alone means 127.0.0.1.
 * SECURITY: the console can open doors. It is for this host only, whatever else guards it.
 */
export function parseConsoleListen(value: string | number): Parsed<ListenAddress> {
  const bare = parsePort(String(value).trim());
  const parsed = parseListen(bare === undefined ? value : `127.0.0.1:${bare}`);
  if (parsed.kind === 'wrong') return parsed;
  const [address] = parsed.value;
  const ip = address === undefined ? undefined : parseAddress(address.host);
  if (address !== undefined && ip !== undefined && isLoopback(ip)) return ok(address);
  return wrong({ what: 'is not a loopback address', instead: 'use 127.0.0.1:PORT or "[::1]:PORT"' });
}
