import type { Socket } from 'node:net';

/**
 * Resets a connection at once: a RST tells the other end, and leaves no FIN-WAIT behind. SECURITY: resetAndDestroy alone
 * first waits until everything written has been sent, which a client that reads slowly can put off for as long as it
 * likes; destroy ends that wait.
 */
export function resetNow(socket: Socket): void {
  // A socket that is just about to send its FIN cannot be reset (libuv, uv_tcp_close_reset: EINVAL), only closed.
  const finishing = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (!finishing) socket.resetAndDestroy();
  socket.destroy();
}
