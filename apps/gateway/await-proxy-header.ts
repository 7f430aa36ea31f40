import type { Socket } from 'node:net';
import type { ProxyRoute } from './proxy-header.js';
import { readProxyHeader } from './read-proxy-header.js';

export type HeardHeader =
  /** Without a route the proxy speaks for itself. */
  | { readonly kind: 'header'; readonly route: ProxyRoute | undefined }
  | { readonly kind: 'fault'; readonly reason: string };

/**
 * Takes the PROXY header off a connection of which nothing has been read; the socket is paused then, with what follows it still
 * to be read. Calls back once, unless the connection closes before. Who sends it bit by bit has no longer for it.
 */
export function awaitProxyHeader(socket: Socket, timeoutMs: number, heard: (header: HeardHeader) => void): void {
  let bytes = Buffer.alloc(0);
  const settle = (header: HeardHeader): void => {
    stop();
    socket.off('data', take).off('end', end).off('close', stop).pause();
    heard(header);
  };
  const fault = (reason: string): void => settle({ kind: 'fault', reason });
  const take = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    const read = readProxyHeader(bytes);
    if (read.kind === 'malformed') fault('what it sent is no PROXY header');
    if (read.kind !== 'header') return;
    socket.pause();
    if (bytes.length > read.length) socket.unshift(bytes.subarray(read.length));
    settle({ kind: 'header', route: read.route });
  };
  const end = (): void => fault('it sent no PROXY header');
  const timer = setTimeout(() => fault('its PROXY header took too long'), timeoutMs);
  const stop = (): void => clearTimeout(timer);
  socket
    .on('error', () => {}) // it closes
    .on('close', stop)
    .on('end', end)
    .on('data', take);
}
