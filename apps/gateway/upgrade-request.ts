import type { IncomingMessage } from 'node:http';
import { headerLines } from './header-fields.js';
import { requestFraming } from './request-fault.js';

/** Fields that make a request an upgrade, also as options of the Connection field. */
const UPGRADE = new Set(['upgrade', 'http2-settings']);

/**
 * Whether this is a WebSocket handshake (RFC 6455, 4.1): a GET of HTTP/1.1 without a body. SECURITY: with a body it would
 * be one thing to us, who pass on no body, and another to the upstream, who waits for it.
 */
export function isWebSocket(request: IncomingMessage): boolean {
  const { method, httpVersion, headers } = request;
  const asked = headers.upgrade?.toLowerCase() === 'websocket';
  return asked && method === 'GET' && httpVersion === '1.1' && requestFraming(request).kind === 'none';
}

/** The head of a request as it was sent, without the wish to upgrade. */
export function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = headerLines(rawHeaders).flatMap(([name, value]) => {
    if (UPGRADE.has(name.toLowerCase())) return [];
    return [`${name}: ${name.toLowerCase() === 'connection' ? otherOptions(value) : value}`];
  });
  return Buffer.from([`${method} ${url} HTTP/${httpVersion}`, ...lines, '', ''].join('\r\n'), 'latin1');
}

function otherOptions(connection: string): string {
  const options = connection.split(',').map((option) => option.trim());
  return options.filter((option) => !UPGRADE.has(option.toLowerCase())).join(', ');
}
