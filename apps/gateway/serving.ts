import type { Socket } from 'node:net';
import type { DoorSettings, ListenAddress } from '#config';

/** Answers at one public address. */
export interface PortServer {
  /**
   * @param at a socket that is bound to the address already: its descriptor, or as it came from another process
   * @throws ListenFailed
   */
  listen(at?: number | Socket): Promise<void>;
  /** From now on it is this door's. To be called before anybody is let in. */
  open(door: DoorSettings): void;
  /** Nobody listens there any more once it returns. Open connections are the registry's to end. */
  close(): void;
}

/** What answers at the public addresses: this process, or workers. */
export abstract class Serving {
  /** To be awaited before the first server listens. */
  abstract ready(): Promise<void>;

  abstract serverFor(address: ListenAddress, door: DoorSettings): PortServer;

  abstract gauges(): { readonly connections: number; readonly denied: number };

  abstract close(): Promise<void>;
}
