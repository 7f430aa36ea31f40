import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Host } from '../host.js';
import type { TrafficDoor } from './traffic-door.js';
import { type TrafficListener, TrafficProgram } from './traffic-program.js';

export interface ClientsOptions {
  readonly from: Host;
  readonly to: Host;
  /** Addresses of `from` (test/lab/give-addresses.ts), IPv4 or IPv6. Each is a client. */
  readonly sources: readonly string[];
  readonly doors: readonly TrafficDoor[];
  /** What doors of the kind `pages` have: the page and the download. */
  readonly files: readonly [page: TrafficFile, download: TrafficFile];
  readonly pace?: Partial<Pace>;
  readonly seed: number;
}

/** Mean times in ms from one thing to the next, of each client. */
export interface Pace {
  readonly pages: number;
  readonly websocket: number;
  readonly echo: number;
  /** Between two visits. */
  readonly restMs: number;
}

export interface TrafficFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

const PACE: Pace = { pages: 200, websocket: 200, echo: 200, restMs: 1500 };
const CHILD = fileURLToPath(new URL('clients.child.mjs', import.meta.url));

/**
 * Clients who knock at one door after another, do there what it is for until the grant ends, is made longer or revoked, and see
 * whether all came whole, nothing ended too soon and all with the grant. Counts: knocks, knockedAgain, visits, pages, downloads,
 * websockets, echoed, echoes, bytes, revoked, extended, faults; slowestOpenMs, latestEndMs.
 */
export function startClients(
  { from, to, sources, doors, files, pace, seed }: ClientsOptions,
  listener?: TrafficListener,
): Promise<TrafficProgram> {
  const targets = { address: to.address, address6: to.address6 };
  const settings = { targets, sources, doors, files, pace: { ...PACE, ...pace }, seed };
  return TrafficProgram.start(from, { child: CHILD, settings, ...(listener === undefined ? {} : { listener }) });
}

/** @param path from the root of the site */
export function trafficFile(path: string, content: Uint8Array): TrafficFile {
  return { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}
