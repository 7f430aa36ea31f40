import { parseAddress } from '#address';
import { parsePort } from './parse-port.js';
import { ok, type Parsed, wrong } from './parsed.js';
import type { HostPort } from '#address';

const HOST = /^[a-z0-9](?:[a-z0-9._-]{0,252})$/i;

/**
 * A server by HOST:PORT or [IPv6]:PORT; the brackets are no part of the host.
 * SECURITY: the text may hold a password, so the flaw does not repeat it.
 */
export function parseHostPort(text: string): Parsed<HostPort> {
  const [, ipv6, name, digits = ''] = /^(?:\[([^[\]]*)\]|([^:]*)):(\d+)$/.exec(text.trim()) ?? [];
  const port = parsePort(digits);
  const host = ipv6 ?? name ?? '';
  const isHost = ipv6 === undefined ? HOST.test(host) : ipv6.includes(':') && parseAddress(ipv6) !== undefined;
  if (isHost && port !== undefined) return ok({ host, port });
  return wrong({ what: 'is not HOST:PORT', instead: 'write a name or an address and a port, like 10.0.0.5:6379' });
}
