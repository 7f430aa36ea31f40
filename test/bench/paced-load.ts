import { fileURLToPath } from 'node:url';
import type { Host } from '../lab/host.js';
import type { WrkResult } from './parse-wrk.js';
import { wrk } from './wrk.js';

export interface PacedLoadOptions {
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
}

/**
 * So many that each rests for far longer than an answer takes: then a slow answer keeps hardly any request back, which would
 * go unmeasured ("coordinated omission"). wrk, as a sender that keeps to a rate in Node takes longer for a request
 * than nginx does for its answer.
 */
export const PACED_CONNECTIONS = 256;
const SCRIPT = fileURLToPath(new URL('think.lua', import.meta.url));
const LEAST_SHARE = 0.8;

/** Asks for a URL about so often, at random moments. @throws (rejects) as `wrk`, and if it came to much less than the rate */
export async function pacedLoad(from: Host, url: string, { rate, seconds }: PacedLoadOptions): Promise<WrkResult> {
  const meanMs = (1000 * PACED_CONNECTIONS) / rate;
  const load = { connections: PACED_CONNECTIONS, seconds, script: [SCRIPT, String(meanMs)] as const };
  const result = await wrk(from, url, load);
  if (result.requestsPerSecond < LEAST_SHARE * rate) {
    throw new Error(`${url}: ${result.requestsPerSecond} requests a second instead of ${Math.round(rate)}`);
  }
  return result;
}
