import { CONNECTIONS } from './measure-proxies.js';
import { PACED_CONNECTIONS } from './paced-load.js';
import { BODY } from './proxy-lab.js';

/** Markdown: how the proxies are measured, the same for each mode. */
export const PROXY_LEAD = `One core for what is measured, the other for wrk and the upstream, an nginx with a page of ${BODY.page} bytes and a file of 1 MB.
Client and server are network namespaces on one machine. Each is warmed up, then all are measured in turn, ${CONNECTIONS.page} connections
for the page, ${CONNECTIONS.big} for the file. One answer that is no success, or a connection that breaks, fails the benchmark.

knockgate is \`knockgate serve\` as built, with Redis, \`hide: auto\`, one grant, and its log in a file. p99 is at half of each one's
own requests a second, from ${PACED_CONNECTIONS} open connections that rest for a random time before each request.`;
