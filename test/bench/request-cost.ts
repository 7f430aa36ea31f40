import { coreTime } from './core-time.js';
import { cpuTime } from './cpu-time.js';
import { CORE } from './on-core.js';

/** What a proxy took for its requests, and which core was the limit. */
export interface RequestCost {
  /** µs of the proxy's own process for each request. */
  readonly userUs: number;
  readonly systemUs: number;
  /** 0 to 1: of the core of the proxy, and of the core of the load and the upstream. */
  readonly measuredBusy: number;
  readonly restBusy: number;
}

/** Watches a proxy's process and both cores while `work` sends it requests. */
export async function requestCost<T extends { readonly requests: number }>(
  pid: number,
  work: () => Promise<T>,
): Promise<readonly [T, RequestCost]> {
  const read = () => Promise.all([cpuTime(pid), coreTime(CORE.measured), coreTime(CORE.rest)]);
  const before = await read();
  const result = await work();
  const after = await read();
  const us = (kind: 'user' | 'system'): number => ((after[0][kind] - before[0][kind]) * 1e6) / result.requests;
  const busy = (at: 1 | 2): number => (after[at].busy - before[at].busy) / (after[at].total - before[at].total);
  return [result, { userUs: us('user'), systemUs: us('system'), measuredBusy: busy(1), restBusy: busy(2) }];
}
