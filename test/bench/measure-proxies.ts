import { alternate } from './alternate.js';
import { pacedLoad } from './paced-load.js';
import type { PeerName } from './peers/start-peer.js';
import { percentile } from './percentile.js';
import { ProxyLab, type ProxyLabOptions } from './proxy-lab.js';
import { type Effort, median } from './report.js';
import { requestCost, type RequestCost } from './request-cost.js';
import { wrk } from './wrk.js';

export const CONNECTIONS = { page: 32, big: 8 } as const;
/** Of each measurement. */
const SECONDS = { quick: { page: 1, big: 1, paced: 1 }, whole: { page: 3, big: 2, paced: 2 } } as const;
/** Node's compiler is done after so many requests; a slow one is not waited for longer than so many measurements. */
const WARM_UP = { requests: 20_000, runs: { quick: 2, whole: 5 } } as const;
const MEGABYTE = 1e6;

export interface ProxyPlan {
  readonly mode: ProxyLabOptions['mode'];
  /** With whom requests a second are compared; the rest are of them. */
  readonly requests: readonly PeerName[];
  readonly bodies: readonly PeerName[];
  readonly latency: readonly PeerName[];
}

export type Who = 'knockgate' | PeerName;
/** One value a round of each. */
export type Values = Readonly<Partial<Record<Who, readonly number[]>>>;

export interface ProxyFigures {
  /** Of the small page, each second. */
  readonly requests: Values;
  /** Of 1 MB bodies, MB a second. */
  readonly bodies: Values;
  /** ms, at half of each one's median of `requests`. */
  readonly p99: Values;
  /** ms, of the sender and the upstream without a proxy, at the highest of those rates. */
  readonly p99Alone: number;
  readonly costs: ReadonlyMap<Who, readonly RequestCost[]>;
}

/** Compares knockgate with its peers, each warmed up, in alternation. @throws (rejects) if any answer was no success */
export async function measureProxies(plan: ProxyPlan, { quick, rounds }: Effort): Promise<ProxyFigures> {
  await using lab = await ProxyLab.start({ mode: plan.mode, peers: plan.requests });
  const kind = quick ? 'quick' : 'whole';
  const seconds = SECONDS[kind];
  const url = (who: Who): string => lab.proxy(who).url;
  const page = { connections: CONNECTIONS.page, seconds: seconds.page };
  const ask = (who: Who) => wrk(lab.client, `${url(who)}/`, page);
  const load = (who: Who) => wrk(lab.client, `${url(who)}/big`, { connections: CONNECTIONS.big, seconds: seconds.big });

  const asked = withOurs(plan.requests);
  const big = withOurs(plan.bodies);
  const paced = withOurs(plan.latency);
  await warmUp(asked, ask, WARM_UP.runs[kind]);
  const costs = new Map<Who, RequestCost[]>(asked.map((who) => [who, []]));
  const requests = await alternate(asked, rounds, async (who) => {
    const [result, cost] = await requestCost(lab.proxy(who).pid, () => ask(who));
    costs.get(who)!.push(cost);
    return result.requestsPerSecond;
  });

  await warmUp(big, load, 1);
  const bodies = await alternate(big, rounds, async (who) => (await load(who)).bytesPerSecond / MEGABYTE);

  const even = { connections: CONNECTIONS.page, seconds: seconds.paced };
  const rate = (who: Who): number => median(requests[who]) / 2;
  const p99Of = async (...args: Parameters<typeof pacedLoad>) => percentile(await pacedLoad(...args), 0.99);
  const p99 = await alternate(paced, rounds, (who) => p99Of(lab.client, `${url(who)}/`, { ...even, rate: rate(who) }));
  const p99Alone = await p99Of(lab.server, `${lab.upstream}/`, { ...even, rate: Math.max(...paced.map(rate)) });
  return { requests, bodies, p99, p99Alone, costs };
}

function withOurs(peers: readonly PeerName[]): Who[] {
  return ['knockgate', ...peers];
}

async function warmUp(
  contenders: readonly Who[],
  ask: (who: Who) => Promise<{ readonly requests: number }>,
  most: number,
): Promise<void> {
  for (const who of contenders) {
    for (let [runs, requests] = [0, 0]; runs < most && requests < WARM_UP.requests; runs += 1) {
      requests += (await ask(who)).requests;
    }
  }
}
