import { Socket } from 'node:net';
import { RelayReader } from './relay-reader.js';

/** What a socket is on, which Node keeps to itself. */
interface Held {
  readonly _handle?: { readonly useUserBuffer?: unknown } | null;
}

/** The socket of a client that reads through `onread`, paused until both ends of its relay are there. */
export class DirectSocket extends Socket {
  private constructor(
    held: { readonly handle: unknown; readonly allowHalfOpen: boolean },
    readonly reader: RelayReader,
  ) {
    super({ ...held, onread: reader, pauseOnCreate: true } as ConstructorParameters<typeof Socket>[0]);
  }

  /**
   * In place of one that was accepted just now, which is done with then. Node has `onread` for sockets that it makes, not for those that
   * it accepts, but makes those around a handle too: this does so once more. Where a socket has no such handle (another Node), that one.
   */
  static insteadOf(accepted: Socket): Socket {
    const { _handle: handle } = accepted as unknown as Held;
    if (typeof handle?.useUserBuffer !== 'function') return accepted;
    const { allowHalfOpen } = accepted;
    Object.assign(accepted, { _handle: null });
    return new DirectSocket({ handle, allowHalfOpen }, new RelayReader());
  }
}
