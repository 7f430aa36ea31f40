import { attempt } from './attempt.mjs';
import { hold } from './hold.mjs';
import { count } from './report.mjs';

const OPEN_WITHIN_MS = 10_000;

/** Holds a TCP connection on which everything must come back. */
export async function echo({ host, port, source, stay, ...how }) {
  const { socket, reason } = await attempt({ host, port, source, withinMs: OPEN_WITHIN_MS });
  if (socket === undefined) {
    if (!stay.mayEnd) stay.lost('connection attempt', reason);
    return;
  }
  count('echoed');
  let why = 'end';
  socket.on('error', (error) => (why = error.code ?? error.message));
  const line = {
    send: (bytes) => socket.write(bytes),
    onBytes: (take) => socket.on('data', take),
    onEnd: (ended) => socket.once('close', () => ended(why)),
    destroy: () => socket.destroy(),
  };
  await hold('connection', line, { stay, ...how });
}
