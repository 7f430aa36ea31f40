import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { UpstreamTimeout } from './upstream-fault.js';

/**
 * Ends an upstream request with UpstreamTimeout after `timeoutMs` in which nothing moved, until the answer begins: then
 * it may take its time, since an event stream is silent for hours, and the grant ends it anyway.
 * @param waitsForClient whether it is now the client, in the midst of an upload, that keeps both waiting
 */
export function limitSilence(upstream: ClientRequest, timeoutMs: number, waitsForClient: () => boolean): void {
  upstream.on('socket', (socket: Socket) => {
    const onTimeout = (): void => {
      if (!socket.connecting && waitsForClient()) socket.setTimeout(timeoutMs);
      else upstream.destroy(new UpstreamTimeout('no answer'));
    };
    const stop = (): void => {
      if (socket.off('timeout', onTimeout).timeout === timeoutMs) socket.setTimeout(0);
    };
    socket.setTimeout(timeoutMs).on('timeout', onTimeout);
    // a kept-alive socket outlives the request
    upstream
      .on('response', stop)
      .on('upgrade', stop)
      .on('close', () => socket.off('timeout', onTimeout));
  });
}
