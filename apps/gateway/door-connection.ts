import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { DoorSettings } from '#config';
import type { Live } from './live-connections.js';
import type { ProxyRoute } from './proxy-header.js';
import { resetNow } from './reset-now.js';

/** Requests that may wait on one connection for those before them; who pipelines more is cut off. */
const MAX_WAITING = 100;
/** How long a client may take to read a last answer before the connection goes. */
const LINGER_MS = 2000;
/** How long one that takes its leave may outlive its grant: the store is asked meanwhile, and a last answer read. */
const LEAVE_MS = 5000;

/** A connection that the gate has let in: whose it is, what is under way on it, and how it ends. */
export class DoorConnection implements Live {
  private exchanges = 0;
  private draining = false;
  private leaving = false;
  private answering: ServerResponse | undefined;
  private readonly waiting: (() => void)[] = [];

  constructor(
    readonly door: DoorSettings,
    readonly socket: Socket,
    /** The other end, canonical. */
    readonly peer: string,
    /** The peer is a trusted proxy: the gate judges whom it names, by request or ahead of all bytes. */
    readonly trusted: boolean,
    /** Of a relayed connection: what a trusted proxy has said of it, which has been judged by now. */
    private readonly named?: ProxyRoute,
  ) {}

  /** Whose grant the connection is under, canonical. */
  get client(): string {
    return this.named?.source.ip ?? this.peer;
  }

  /** Who speaks with whom; undefined if the connection has gone. */
  get route(): ProxyRoute | undefined {
    if (this.named !== undefined) return this.named;
    const { remotePort, localAddress, localPort } = this.socket;
    if (remotePort === undefined || localAddress === undefined || localPort === undefined) return undefined;
    return { source: { ip: this.peer, port: remotePort }, destination: { ip: localAddress, port: localPort } };
  }

  /** Something is under way. */
  get busy(): boolean {
    return this.exchanges > 0;
  }

  /** The answer under way, if that is what is. */
  get response(): ServerResponse | undefined {
    return this.answering;
  }

  /**
   * Starts a request when the one before it has been answered. SECURITY: one at a time, or a client that pipelines
   * multiplies its requests upstream, and reorders unsafe ones (RFC 9112, 9.3.2).
   */
  inTurn(start: () => void): void {
    if (!this.busy) start();
    else if (this.waiting.length < MAX_WAITING) this.waiting.push(start);
    else this.reset();
  }

  /** An exchange begins; call the answer when it is over. An upgraded connection is one that lasts. */
  begin(response?: ServerResponse): () => void {
    this.exchanges += 1;
    this.answering = response;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.exchanges -= 1;
      this.answering = undefined;
      this.next();
    };
  }

  /**
   * The client itself is about to end its grant: nothing more of it goes upstream, and what is left is our answer to that,
   * which the end of the grant must not take away. SECURITY: not for long, whatever becomes of it.
   */
  takeLeave(): void {
    this.leaving = true;
    const timer = setTimeout(() => this.reset(), LEAVE_MS);
    this.socket.on('close', () => clearTimeout(timer));
  }

  cut(): void {
    if (!this.leaving) this.reset();
  }

  drain(): void {
    if (this.leaving) return;
    this.draining = true;
    // no RST: the kernel may still be delivering an answer that is over for us
    if (!this.busy) this.socket.destroySoon();
  }

  /**
   * Says a last thing, then reads on and throws away for a moment: to close with bytes unread is a RST, which would take
   * the answer away from the client again (RFC 9112, 9.6).
   */
  endWith(answer: string): void {
    this.waiting.length = 0;
    const { socket } = this;
    if (!socket.writable) return;
    socket.end(answer);
    socket.resume();
    // a client whose grant is over by now is not heard any more, so a FIN would be sent again and again
    const timer = setTimeout(() => (this.leaving ? this.reset() : socket.destroy()), LINGER_MS);
    socket.on('close', () => clearTimeout(timer));
  }

  private reset(): void {
    this.waiting.length = 0;
    resetNow(this.socket);
  }

  private next(): void {
    if (this.busy || this.leaving || this.socket.destroyed) return;
    if (this.draining) this.socket.destroySoon();
    else this.waiting.shift()?.();
  }
}
