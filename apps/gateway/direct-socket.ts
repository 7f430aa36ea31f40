import { type OnReadOpts, Socket } from 'node:net';

/** What a socket is on, which Node keeps to itself. */
interface Held {
  readonly _handle?: { readonly useUserBuffer?: unknown } | null;
}

/**
 * A connection that was accepted just now, as a socket that reads through `onread`, paused; the one that it was is done with. Node has
 * `onread` for sockets that it makes, not for those that it accepts, but makes those around a handle too: this does so once more.
 * Undefined where a socket has no such handle (another Node): then the accepted one is as it was.
 */
export function directSocket(accepted: Socket, onread: OnReadOpts): Socket | undefined {
  const { _handle: handle } = accepted as unknown as Held;
  if (typeof handle?.useUserBuffer !== 'function') return undefined;
  const { allowHalfOpen } = accepted;
  Object.assign(accepted, { _handle: null });
  return new Socket({ handle, onread, allowHalfOpen, pauseOnCreate: true } as ConstructorParameters<typeof Socket>[0]);
}
