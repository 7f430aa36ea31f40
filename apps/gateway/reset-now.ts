import type { Socket } from 'node:net';

/**
 * Resets a connection: a RST tells the other end at once, and leaves no FIN-WAIT behind. What was written and not yet
 * sent is thrown away, so a client that does not read cannot put it off. One that is still being made is given up, which
 * Node would put off until it is there. SECURITY: a socket that is just about to send its FIN cannot be reset (libuv,
 * uv_tcp_close_reset: EINVAL), and Node would lose its descriptor, still open, trying: that one is closed.
 */
export function resetNow(socket: Socket): void {
  const finishing = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (finishing || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}
