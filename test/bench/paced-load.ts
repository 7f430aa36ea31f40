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
/** Opening so many connections at once is another thing to measure: it takes some proxies tens of ms. */
const OPENING_S = 1;
const LEAST_SHARE = 0.8;

/** Asks for a URL about so often, at random moments. @throws (rejects) as `wrk`, and if it came to much less than the rate */
export async function pacedLoad(from: Host, url: string, { rate, seconds }: PacedLoadOptions): Promise<WrkResult> {
  const meanMs = (1000 * PACED_CONNECTIONS) / rate;
  const figures = [meanMs, OPENING_S * 1000, PACED_CONNECTIONS].map(String);
  const load = { connections: PACED_CONNECTIONS, seconds: OPENING_S + seconds, script: [SCRIPT, ...figures] as const };
  const result = await wrk(from, url, load);
  if (result.requests < LEAST_SHARE * rate * seconds) {
    throw new Error(`${url}: ${result.requests} requests in ${seconds} s instead of ${Math.round(rate)} each second`);
  }
  return result;
}
