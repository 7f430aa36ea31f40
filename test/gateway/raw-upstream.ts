import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Peer } from './peer.js';

/** A bare TCP server on loopback: what reaches it is seen byte for byte, and it answers what the test writes. */
export class RawUpstream implements AsyncDisposable {
  /** All connections since the last `reset`. */
  readonly peers: Peer[] = [];
  #arrived: ((peer: Peer) => void)[] = [];
  #untaken: Peer[] = [];

  private constructor(readonly server: Server) {
    server.on('connection', (socket) => {
      const peer = new Peer(socket);
      this.peers.push(peer);
      const waiting = this.#arrived.shift();
      if (waiting === undefined) this.#untaken.push(peer);
      else waiting(peer);
    });
  }

  /** @param allowHalfOpen whether a connection outlives the other side's end of it */
  static async start(allowHalfOpen = false): Promise<RawUpstream> {
    const server = createServer({ allowHalfOpen }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RawUpstream(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The next connection that nobody has taken yet. */
  next(): Promise<Peer> {
    const peer = this.#untaken.shift();
    if (peer !== undefined) return Promise.resolve(peer);
    return new Promise((resolve) => this.#arrived.push(resolve));
  }

  /** Breaks off all connections and forgets them. */
  reset(): void {
    for (const { socket } of this.peers) socket.destroy();
    this.peers.length = 0;
    this.#untaken = [];
    this.#arrived = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
    this.server.close();
    await once(this.server, 'close');
  }
}
