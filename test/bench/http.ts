import { costTable } from './cost-table.js';
import { floorOf } from './floor-of.js';
import { measureProxies, type Values } from './measure-proxies.js';
import { proxyFigure } from './proxy-figure.js';
import { PROXY_LEAD } from './proxy-lead.js';
import { type Effort, median, type Report } from './report.js';

const BOUND = `A request of the page is two reads and two writes (strace), as of any proxy on two connections. The rest is JavaScript
(\`node --cpu-prof\`): most of it Node's own HTTP server and sockets; then what knockgate itself does: the gate, header fields, and
reading the answer's head; Fastify with Nest's hooks, without which a request took 4 % less when that was tried; and the line in the log.`;

const RELAY = 'relay in Node' as const;

const P99 = `The p99 varies more than anything else here. Where it is 20 ms and more, V8's four helper threads wanted the same core (schedstat: each
waited some 50 ms for it); with \`--no-concurrent-marking\` the worst of nine was 19 ms. Without that it was 2 to 6 ms at the median of a run: one thread does all of
it, a scavenge stops it for 0.6 ms up to 60 times a second, and what comes meanwhile waits in a row.`;

/** `mode: http` beside Node's reverse proxies and nginx. */
export async function http(effort: Effort): Promise<Report> {
  const { requests, bodies, p99, p99Alone } = await measureProxies(
    {
      mode: 'http',
      requests: ['http-proxy', '@fastify/http-proxy', 'nginx', ...(effort.quick ? [] : [RELAY])],
      bodies: effort.quick ? ['http-proxy'] : ['http-proxy', 'nginx'],
      latency: effort.quick ? ['nginx'] : ['nginx', 'http-proxy'],
    },
    effort,
  );
  const asked = { what: 'mode http: requests for each second of its core', unit: '1/s', values: requests.ofCore };
  const figures = [
    proxyFigure({
      name: 'http-requests',
      what: 'mode http: requests a second',
      unit: '1/s',
      values: requests.whole,
      peers: ['http-proxy', '@fastify/http-proxy', 'nginx'],
    }),
    proxyFigure({
      ...asked,
      name: 'http-core',
      peers: ['http-proxy', '@fastify/http-proxy', 'nginx', RELAY],
      target: { text: 'at least 2.0 x bare http-proxy', holds: (ratio) => ratio >= 2 },
    }),
    proxyFigure({
      ...asked,
      name: 'http-core-fastify',
      peers: ['@fastify/http-proxy'],
      target: { text: 'above @fastify/http-proxy', holds: (ratio) => ratio > 1 },
    }),
    proxyFigure({
      ...asked,
      name: 'http-core-nginx',
      peers: ['nginx'],
      target: { text: 'at least 0.5 x nginx', holds: (ratio) => ratio >= 0.5 },
    }),
    proxyFigure({
      name: 'http-bodies',
      what: 'mode http: bodies of 1 MB',
      unit: 'MB/s',
      values: bodies.whole,
      peers: ['http-proxy', 'nginx'],
    }),
    proxyFigure({
      name: 'http-bodies-core',
      what: 'mode http: bodies of 1 MB for each second of its core',
      unit: 'MB/s',
      values: bodies.ofCore,
      peers: ['http-proxy', 'nginx'],
      target: { text: 'above bare http-proxy', holds: (ratio) => ratio > 1 },
    }),
    proxyFigure({
      name: 'http-p99',
      what: 'mode http: p99 at half of the requests',
      unit: 'ms',
      values: p99,
      peers: ['nginx', 'http-proxy'],
      target: { text: 'not above 2 x nginx', holds: (ratio) => ratio <= 2 },
    }),
  ];
  const lead = `${PROXY_LEAD}

knockgate logs each request, nginx too; bare http-proxy (with a keep-alive agent) and @fastify/http-proxy (undici) log nothing.`;
  const findings = [
    'The page:',
    costTable(requests.costs),
    BOUND,
    ...relayFloor(requests.ofCore),
    'The file:',
    costTable(bodies.costs),
    floorOf(p99Alone),
    P99,
  ];
  return { title: 'mode: http beside other reverse proxies', lead, figures, findings: findings.join('\n\n') };
}

/** What there is to be had on Node's sockets. */
function relayFloor({ [RELAY]: relay, 'http-proxy': proxy }: Values): string[] {
  if (relay === undefined || proxy === undefined) return [];
  const ratio = (median(relay) / median(proxy)).toFixed(2);
  return [
    `The relay in Node pipes two sockets into each other: it reads no HTTP, and has no gate and no log. It is ${ratio} x bare http-proxy; knockgate's
own, \`mode: tcp\`, does about the same (below). What is left between the two and here is all that HTTP may cost.`,
  ];
}
