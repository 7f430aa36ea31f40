import { Socket, type TcpNetConnectOpts } from 'node:net';
import { meetDeadlines } from '#grants';
import { sendNow } from '#kernel';

/** What any of them has read, until it is passed on, which is before anything else is read: so one is enough for all. */
const CHUNK = Buffer.allocUnsafeSlow(65_536);

/** What a socket is on, which Node keeps to itself. */
interface Held {
  readonly _handle?: { readonly useUserBuffer?: unknown } | null;
}

/**
 * One side of a relay: what it reads goes from kernel to kernel through one buffer (net's `onread`, send(2)). Node's streams would make
 * a buffer of each chunk that is read and an object of each that is written.
 */
export class DirectSocket extends Socket {
  static {
    const own = Object.getOwnPropertyDescriptor(Socket.prototype, 'bytesWritten')!;
    Object.defineProperty(this.prototype, 'bytesWritten', {
      get(this: DirectSocket) {
        return own.get!.call(this) + this.#sent;
      },
    });
  }

  // hard private: the base class has names of its own that no type tells
  #to: Socket | undefined;
  #isWaiting = false;
  /** Bytes of which Node does not know. */
  #sent = 0;

  private constructor(options: object) {
    let pass = (_length: number): boolean => false; // `this` is not there yet
    const onread = { buffer: CHUNK, callback: (length: number) => pass(length) };
    super({ ...options, onread } as ConstructorParameters<typeof Socket>[0]);
    pass = (length) => this.#pass(length);
  }

  /**
   * In place of one that was accepted just now, which is done with then, and paused. Node has `onread` for sockets that it makes, not for those
   * that it accepts, but makes those around a handle too: this does so once more. Where a socket has no such handle (another Node), that one.
   */
  static insteadOf(accepted: Socket): Socket {
    const { _handle: handle } = accepted as unknown as Held;
    if (typeof handle?.useUserBuffer !== 'function') return accepted;
    const { allowHalfOpen } = accepted;
    Object.assign(accepted, { _handle: null });
    return new DirectSocket({ handle, allowHalfOpen, pauseOnCreate: true });
  }

  /** Begins to connect, as net.connect does. */
  static connect(options: TcpNetConnectOpts): DirectSocket {
    const socket = new DirectSocket(options);
    socket.connect(options);
    return socket;
  }

  /** To be called before anything is read. Reading goes on once the other's kernel has all of a chunk, so one at most waits. */
  relayTo(other: Socket): void {
    this.#to = other;
  }

  /** @returns whether to go on reading */
  #pass(length: number): boolean {
    meetDeadlines();
    const to = this.#to!;
    if (this.destroyed || to.destroyed) return false;
    const taken = to instanceof DirectSocket ? to.#send(length) : 0;
    if (taken === length) return true;
    to.write(Buffer.from(CHUNK.subarray(taken, length)), this.#written);
    this.#isWaiting = to.writableLength > 0;
    return !this.#isWaiting;
  }

  /** @returns how many bytes of the chunk the kernel has */
  #send(length: number): number {
    if (this.writableLength > 0) return 0;
    const sent = sendNow(this, CHUNK, length);
    this.#sent += sent;
    return sent;
  }

  readonly #written = (): void => {
    if (!this.#isWaiting || this.#to!.writableLength > 0) return;
    this.#isWaiting = false;
    this.resume();
  };
}
