import { WebSocket } from 'ws';
import { hold } from './hold.mjs';
import { count } from './report.mjs';

/** Holds a WebSocket on which everything must come back. */
export async function websocket({ host, port, source, stay, ...how }) {
  const authority = host.includes(':') ? `[${host}]` : host;
  const socket = new WebSocket(`ws://${authority}:${port}/`, { localAddress: source, perMessageDeflate: false });
  let why = '';
  socket.on('error', (error) => (why = error.code ?? error.message));
  socket.once('close', (code) => (why ||= `closed with ${code}`));
  const opened = await new Promise((resolve) => {
    socket.once('open', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
  if (!opened) {
    if (!stay.mayEnd) stay.lost('WebSocket handshake', why);
    return;
  }
  count('websockets');
  const line = {
    send: (bytes) => socket.send(bytes),
    onBytes: (take) => socket.on('message', take),
    onEnd: (ended) => socket.once('close', () => ended(why)),
    destroy: () => socket.terminate(),
  };
  await hold('WebSocket', line, { stay, ...how });
}
