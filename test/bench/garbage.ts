import { allocations, counted } from './allocations.js';
import { alternate } from './alternate.js';
import { CONNECTIONS, type Who } from './measure-proxies.js';
import type { PeerName } from './peers/start-peer.js';
import { proxyFigure } from './proxy-figure.js';
import { ProxyLab } from './proxy-lab.js';
import type { Effort, Report } from './report.js';
import { wrk } from './wrk.js';

const PEERS = { quick: ['http-proxy'], whole: ['http-proxy', '@fastify/http-proxy'] } as const;
const SECONDS = { quick: 1, whole: 4 } as const;

/** What a request leaves for the garbage collector, in knockgate and in Node's reverse proxies. */
export async function garbage({ quick, rounds }: Effort): Promise<Report> {
  const kind = quick ? 'quick' : 'whole';
  const peers: readonly [PeerName, ...PeerName[]] = PEERS[kind];
  const who: readonly Who[] = ['knockgate', ...peers];
  await using lab = await ProxyLab.start({ mode: 'http', peers, env: counted });
  const load = { connections: CONNECTIONS.page, seconds: SECONDS[kind] };
  const ask = async (proxy: Who) => (await wrk(lab.client, `${lab.proxy(proxy).url}/`, load)).requests;
  for (const each of who) await ask(each); // compiled by now
  const values = await alternate(who, rounds, async (proxy) => {
    let requests = 0;
    const bytes = await allocations(lab.directory, lab.proxy(proxy).pid, async () => {
      requests = await ask(proxy);
    });
    return bytes / requests;
  });
  const figure = {
    name: 'garbage-http',
    what: 'mode http: bytes allocated for a request',
    unit: 'bytes',
    values,
    peers,
  };
  const lead = `The page of 612 bytes by wrk over ${CONNECTIONS.page} connections, as in "mode: http beside other reverse proxies". Counted by V8's own
figures before and after each collection: all that was allocated on its heap, divided by the requests. The machine's speed is not in it, and
what else it does hardly; so it shows also what a small change brings.`;
  return { title: 'What does a request leave for the garbage collector?', lead, figures: [proxyFigure(figure)] };
}
