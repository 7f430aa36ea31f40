import { fileURLToPath } from 'node:url';
import type { Host } from '../host.js';
import type { TrafficDoor } from './traffic-door.js';
import { type TrafficListener, TrafficProgram } from './traffic-program.js';

export interface StrangersOptions {
  readonly from: Host;
  readonly to: Host;
  /** Addresses of `from` (test/lab/give-addresses.ts), IPv4 or IPv6. Nobody grants them anything. */
  readonly sources: readonly string[];
  readonly doors: readonly TrafficDoor[];
  /** Tries, of all of them together, at most. */
  readonly perSecond: number;
  /** Whether a connection is a fault as well, as where the doors are `closed` or `filtered`. */
  readonly hidden: boolean;
  readonly seed: number;
}

const CHILD = fileURLToPath(new URL('strangers.child.mjs', import.meta.url));

/**
 * Strangers who try the doors, sweep ports and knock all but the last port. Counts: tries, sweeps, wrongKnocks, connected, bytes, faults,
 * and why they got nowhere (ECONNREFUSED, timeout).
 */
export function startStrangers(
  { from, to, ...options }: StrangersOptions,
  listener?: TrafficListener,
): Promise<TrafficProgram> {
  const settings = { targets: { address: to.address, address6: to.address6 }, ...options };
  return TrafficProgram.start(from, { child: CHILD, settings, ...(listener === undefined ? {} : { listener }) });
}
