import type { Socket } from 'node:net';
import { resetNow } from './reset-now.js';

/**
 * Ends a relay of which one side has sent its last byte, once nothing has come from either for `timeoutMs`. While both may
 * send, silence is no fault: a shell may rest for hours, the grant ends it anyway, and TCP itself finds a dead peer.
 * A client that does not read what is there for it keeps both waiting.
 */
export function limitHalfOpen(client: Socket, upstream: Socket, timeoutMs: number): void {
  let before: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = client.bytesRead + upstream.bytesRead;
    const silent = now === before && (client.destroyed || client.writableLength === 0);
    before = now;
    if (silent) for (const socket of [client, upstream]) resetNow(socket);
    else timer = setTimeout(look, timeoutMs);
  };
  const close = (): void => {
    if (client.destroyed && upstream.destroyed) clearTimeout(timer);
  };
  for (const socket of [client, upstream]) socket.once('close', close).once('end', () => timer ?? look());
}
