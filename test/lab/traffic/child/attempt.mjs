import { connect } from 'node:net';

/**
 * What a connection attempt comes to: the open socket, or why there is none: `ECONNREFUSED`, `timeout`, …
 * @returns {Promise<{ socket: import('node:net').Socket } | { reason: string }>}
 */
export function attempt({ host, port, source, withinMs }) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, localAddress: source, timeout: withinMs });
    const give = (reason) => {
      resolve({ reason });
      socket.destroy();
    };
    socket.once('timeout', () => give('timeout'));
    socket.on('error', (error) => give(error.code ?? error.message));
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve({ socket });
    });
  });
}
