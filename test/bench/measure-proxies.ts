import { alternate } from './alternate.js';
import { pacedLoad } from './paced-load.js';
import type { WrkResult } from './parse-wrk.js';
import type { PeerName } from './peers/start-peer.js';
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

/** What came through under as much load as there is. */
export interface Throughput {
  /** Each second. */
  readonly whole: Values;
  /** For each second that its core was busy: the same where the core was full, and fair where the load was not enough. */
  readonly ofCore: Values;
  readonly costs: ReadonlyMap<Who, readonly RequestCost[]>;
}

export interface ProxyFigures {
  /** Of the small page. */
  readonly requests: Throughput;
  /** MB, of 1 MB bodies. */
  readonly bodies: Throughput;
  /** ms, at half of each one's median of `requests`. */
  readonly p99: Values;
  /** ms, of load and upstream without a proxy, at the same rates; of nobody in quick mode. */
  readonly p99Alone: Values;
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
  const throughput = async (contenders: readonly Who[], work: Work, value: (result: WrkResult) => number) => {
    const costs = new Map<Who, RequestCost[]>(contenders.map((who) => [who, []]));
    const whole = await alternate(contenders, rounds, async (who) => {
      const [result, cost] = await requestCost(lab.proxy(who).pid, () => work(who));
      costs.get(who)!.push(cost);
      return value(result);
    });
    const ofCore = (who: Who) => whole[who].map((each, round) => each / costs.get(who)![round]!.measuredBusy);
    return { whole, costs, ofCore: Object.fromEntries(contenders.map((who) => [who, ofCore(who)])) as Values };
  };

  await warmUp(asked, ask, WARM_UP.runs[kind]);
  const requests = await throughput(asked, ask, ({ requestsPerSecond }) => requestsPerSecond);
  await warmUp(big, load, 1);
  const bodies = await throughput(big, load, ({ bytesPerSecond }) => bytesPerSecond / MEGABYTE);

  const paces = (who: Who) => ({ rate: median(requests.whole[who]) / 2, seconds: seconds.paced });
  const p99Of = async (...args: Parameters<typeof pacedLoad>) => (await pacedLoad(...args)).p99Ms;
  const p99 = await alternate(paced, rounds, (who) => p99Of(lab.client, `${url(who)}/`, paces(who)));
  const p99Alone = await alternate(quick ? [] : paced, 1, (who) => p99Of(lab.server, `${lab.upstream}/`, paces(who)));
  return { requests, bodies, p99, p99Alone };
}

type Work = (who: Who) => Promise<WrkResult>;

function withOurs(peers: readonly PeerName[]): Who[] {
  return ['knockgate', ...peers];
}

async function warmUp(contenders: readonly Who[], work: Work, most: number): Promise<void> {
  for (const who of contenders) {
    for (let [runs, requests] = [0, 0]; runs < most && requests < WARM_UP.requests; runs += 1) {
      requests += (await work(who)).requests;
    }
  }
}
