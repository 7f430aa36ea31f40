import { Socket } from 'node:net';
import type { DoorSettings, ListenAddress } from '#config';
import { closeSocket, listenTcp, stopListening } from '#kernel';
import { BACKLOG, ListenFailed } from './door-server.js';
import type { WorkerProcess } from './worker-process.js';

export interface PortSettings {
  readonly number: number;
  readonly address: ListenAddress;
  readonly door: DoorSettings;
}

/** A listening socket that the workers accept from; the first process keeps it, and never does. */
export class SharedPort {
  readonly number: number;
  door: DoorSettings;
  private readonly address: ListenAddress;
  /** The same socket, as it can be sent to a worker. */
  private readonly socket: Socket;
  /** Who has been sent it, and has not said yet that it serves. */
  private readonly joining = new Set<WorkerProcess>();

  private constructor(
    private readonly fd: number,
    { number, address, door }: PortSettings,
  ) {
    this.number = number;
    this.address = address;
    this.door = door;
    this.socket = new Socket({ fd, readable: false, writable: false });
  }

  /**
   * Has a bound socket listen. A filter is on it by now, and the kernel lets nobody find it before it is published.
   * @throws ListenFailed; then it is closed
   */
  static listen(fd: number, settings: PortSettings): SharedPort {
    try {
      listenTcp(fd, BACKLOG);
    } catch (error) {
      closeSocket(fd);
      throw new ListenFailed((error as NodeJS.ErrnoException).code ?? String(error), { cause: error });
    }
    return new SharedPort(fd, settings);
  }

  /** Resolves once the worker serves it, or has ended. */
  async handOver(worker: WorkerProcess): Promise<void> {
    const { number, address, door, socket } = this;
    this.joining.add(worker);
    await worker.ask({ kind: 'listen', port: number, address, door: withoutSecrets(door) }, socket);
    this.joining.delete(worker);
  }

  /**
   * Nobody listens there any more once it returns, in whatever process.
   * SECURITY: the kernel is about to hide the address no more, and whoever begins to serve only now would have it listen
   * again (listen(2) on a socket that was shut down).
   */
  close(): void {
    for (const worker of this.joining) worker.kill('a port was closed before it had said that it serves it');
    stopListening(this.fd);
    this.socket.destroy();
  }
}

/** SECURITY: who speaks with clients need not know how to knock, nor what is run then. */
export function withoutSecrets(door: DoorSettings): DoorSettings {
  const none = { start: undefined, stop: undefined };
  return { ...door, sequence: [], oneTimeSequences: undefined, commands: { 4: none, 6: none } };
}
