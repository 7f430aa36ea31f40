import { costTable } from './cost-table.js';
import { floorOf } from './floor-of.js';
import { measureProxies } from './measure-proxies.js';
import { proxyFigure } from './proxy-figure.js';
import { PROXY_LEAD } from './proxy-lead.js';
import type { Effort, Report } from './report.js';

const BOUNDS = `What bounds knockgate here: the kernel has the same to do as for HAProxy, one read and one write for each chunk, and no more
time goes there. The rest is the way from Node's loop to JavaScript and back for each chunk (perf): JavaScript itself is a tenth of it. All
connections are read into one buffer, which goes to the other side's kernel at once. A file comes from the side that has it, in chunks of 64 KiB,
HAProxy's and nginx's buffers are smaller.`;

/** What Node's sockets reach by themselves. */
const RELAY = 'relay in Node' as const;

/** `mode: tcp` beside HAProxy's relay and nginx as a reverse proxy. */
export async function tcp(effort: Effort): Promise<Report> {
  const { requests, bodies, p99, p99Alone } = await measureProxies(
    {
      mode: 'tcp',
      requests: ['HAProxy', 'nginx', ...(effort.quick ? [] : [RELAY])],
      bodies: effort.quick ? ['nginx'] : ['nginx', 'HAProxy'],
      latency: effort.quick ? ['nginx'] : ['nginx', 'HAProxy'],
    },
    effort,
  );
  const asked = { what: 'mode tcp: requests for each second of its core', unit: '1/s', values: requests.ofCore };
  const figures = [
    proxyFigure({
      name: 'tcp-requests',
      what: 'mode tcp: requests a second',
      unit: '1/s',
      values: requests.whole,
      peers: ['HAProxy', 'nginx'],
    }),
    proxyFigure({
      ...asked,
      name: 'tcp-core',
      peers: ['HAProxy', 'nginx', RELAY],
      target: { text: 'at least 0.97 x HAProxy tcp', holds: (ratio) => ratio >= 0.97 },
    }),
    proxyFigure({
      ...asked,
      name: 'tcp-core-nginx',
      peers: ['nginx'],
      target: { text: 'above nginx as proxy', holds: (ratio) => ratio > 1 },
    }),
    proxyFigure({
      name: 'tcp-bodies',
      what: 'mode tcp: bodies of 1 MB',
      unit: 'MB/s',
      values: bodies.whole,
      peers: ['nginx', 'HAProxy'],
    }),
    proxyFigure({
      name: 'tcp-bodies-core',
      what: 'mode tcp: bodies of 1 MB for each second of its core',
      unit: 'MB/s',
      values: bodies.ofCore,
      peers: ['nginx', 'HAProxy'],
      target: { text: 'at least 0.9 x nginx', holds: (ratio) => ratio >= 0.9 },
    }),
    proxyFigure({
      name: 'tcp-p99',
      what: 'mode tcp: p99 at half of the requests',
      unit: 'ms',
      values: p99,
      peers: ['nginx', 'HAProxy'],
      target: { text: 'not above 2 x nginx', holds: (ratio) => ratio <= 2 },
    }),
  ];
  const tables = ['The page:', costTable(requests.costs), 'The file:', costTable(bodies.costs)];
  const findings = [...tables, BOUNDS, floorOf(p99Alone)];
  const title = 'mode: tcp beside HAProxy and nginx';
  const lead = `${PROXY_LEAD}\n\nHAProxy relays TCP with one thread and logs nothing; nginx speaks HTTP, as \`proxy_pass\`, and logs. The relay in Node pipes two sockets into
each other, and has no gate and no log.`;
  return { title, lead, figures, findings: findings.join('\n\n') };
}
