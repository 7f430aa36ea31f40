import { connect, type Socket } from 'node:net';
import { wasReset } from '#kernel';

export interface PeerOptions {
  /** The loopback address that the connection comes from. */
  readonly from?: string;
  readonly allowHalfOpen?: boolean;
}

interface Waiting {
  readonly matches: (text: string) => boolean;
  readonly resolve: (text: string) => void;
  readonly reject: (error: Error) => void;
}

/** One end of a TCP connection, its bytes as latin1 text: what was sent is what is seen, to the byte. */
export class Peer {
  /** `reset` if the other side broke it off with a RST, `end` if it closed it in good order. Never rejects. */
  readonly closed: Promise<'end' | 'reset'>;
  /** Resolves when the other side has sent its last byte. */
  readonly ended: Promise<void>;
  #text = '';
  #open = true;
  #waiting: Waiting[] = [];

  constructor(readonly socket: Socket) {
    let how: 'end' | 'reset' = 'end';
    socket.setNoDelay(true);
    socket.on('error', () => (how = 'reset'));
    socket.once('end', () => {
      if (!wasReset(socket)) return;
      how = 'reset';
      socket.destroy();
    });
    socket.on('data', (bytes) => this.#take(bytes.toString('latin1')));
    this.ended = new Promise((resolve) => socket.once('end', resolve));
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#open = false;
        const gone = new Error(`closed (${how}) with only: ${JSON.stringify(this.#text.slice(-2000))}`);
        for (const { reject } of this.#waiting) reject(gone);
        resolve(how);
      });
    });
  }

  static connect(port: number, { from = '127.0.0.1', allowHalfOpen = false }: PeerOptions = {}): Peer {
    return new Peer(connect({ host: '127.0.0.1', port, localAddress: from, allowHalfOpen }));
  }

  /** Sends this and hands back all that came until the other side closed. */
  static async exchange(port: number, text: string, options: PeerOptions = {}): Promise<string> {
    const peer = Peer.connect(port, options).send(text);
    await peer.closed;
    return peer.text;
  }

  /** Everything received so far. */
  get text(): string {
    return this.#text;
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  resume(): this {
    this.socket.resume();
    return this;
  }

  /** Waits until what was received matches; hands back all of it. @throws (rejects) if the connection closes before */
  until(wanted: RegExp | string): Promise<string> {
    const matches = (text: string): boolean =>
      typeof wanted === 'string' ? text.includes(wanted) : text.search(wanted) !== -1;
    if (matches(this.#text)) return Promise.resolve(this.#text);
    if (!this.#open) return Promise.reject(new Error(`closed with only: ${JSON.stringify(this.#text)}`));
    return new Promise((resolve, reject) => this.#waiting.push({ matches, resolve, reject }));
  }

  /** Forgets what was received, so that the next `until` looks at what is new. */
  forget(): this {
    this.#text = '';
    return this;
  }

  #take(text: string): void {
    this.#text += text;
    const still: Waiting[] = [];
    for (const waiting of this.#waiting) {
      if (waiting.matches(this.#text)) waiting.resolve(this.#text);
      else still.push(waiting);
    }
    this.#waiting = still;
  }
}
