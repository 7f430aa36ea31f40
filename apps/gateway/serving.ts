import type { Socket } from 'node:net';
import type { DoorSettings, ListenAddress } from '#config';
import type { ProcessLoad } from '#telemetry';
import type { DoorFigures } from './door-traffic.js';

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

  /** What has passed, door by door. */
  abstract figures(): readonly DoorFigures[];

  /** What the workers cost, all together and the worst of them, besides this process. */
  abstract load(): ProcessLoad;

  /** Workers that serve; undefined: this process does. */
  abstract readonly workerCount: number | undefined;

  abstract close(): Promise<void>;
}
