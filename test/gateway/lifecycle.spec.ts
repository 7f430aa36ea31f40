import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayLab } from './gateway-lab.js';
import { HttpUpstream } from './http-upstream.js';
import { Peer } from './peer.js';

const GET = 'GET / HTTP/1.1\r\nHost: door\r\n\r\n';
const GUEST = '127.0.0.2';
const SHORT_MS = 400;

let upstream: HttpUpstream;
let lab: GatewayLab;

beforeAll(async () => {
  upstream = await HttpUpstream.start();
  return () => upstream[Symbol.asyncDispose]();
});
beforeEach(async () => {
  lab = await GatewayLab.start({
    doors: { HTTP: { upstream: upstream.url }, WS: { upstream: upstream.url } },
    config: { store_max_stale: '3s' },
  });
  await lab.grant('HTTP');
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
  upstream.reset();
});

const connect = (from = '127.0.0.1'): Peer => Peer.connect(lab.port('HTTP'), { from });

/** One that idles, one that waits for its answer, one in the midst of a download. */
async function openSome(): Promise<Peer[]> {
  const idle = connect().send(GET);
  await idle.until('hello');
  upstream.handler = (request, response) => {
    if (request.url === '/download') response.writeHead(200, { 'content-length': 10 }).write('begin');
  };
  const waiting = connect().send(GET.replace('/', '/waiting'));
  await upstream.request(2);
  const download = connect().send(GET.replace('/', '/download'));
  await download.until('begin');
  return [idle, waiting, download];
}

describe('at SIGTERM', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: all connections end, and so does the process: 0, within 2 s',
    async (signal) => {
      const peers = await openSome();
      const limit = new Promise<'too late'>((resolve) => {
        setTimeout(() => resolve('too late'), 2000);
      });
      const stopped = lab.gateway.program.stop(signal);
      expect(await Promise.race([stopped, limit])).toBe(0);
      const [, ...busy] = await Promise.all(peers.map((peer) => peer.closed));
      expect(busy).toEqual(['reset', 'reset']); // nothing that looks like the end of an answer
      await upstream.idle();
      expect(await Peer.connect(lab.port('HTTP')).closed).toBe('reset');
      expect(lab.gateway.program.lines.filter((line) => !line.startsWith('{'))).toEqual([]);
    },
  );
});

describe('when Redis is lost', () => {
  it('what is open lives until store_max_stale; then all is shut, until Redis is back with the grants', async () => {
    const peers = await openSome();
    upstream.handler = (_request, response) => response.end('still here');
    const after = lab.gateway.program.lineCount;
    await lab.redis.stop('SIGKILL');
    await lab.logged({ event: 'store_unreachable' }, after);

    await peers[0]!.forget().send(GET).until('still here'); // for now
    const fresh = connect().send(GET);
    await fresh.until('still here'); // its grant is known, and so is its deadline

    await lab.logged({ event: 'store_stale' }, after);
    for (const peer of [...peers, fresh]) expect(await peer.closed).toBe('reset');
    const refused = connect().send(GET);
    expect(await refused.closed).toBe('reset');
    expect(refused.text).toBe('');
    await upstream.idle();

    const back = lab.gateway.program.lineCount;
    await lab.redis.start(); // empty: no grant
    await lab.logged({ event: 'store_ready' }, back);
    expect(await connect().send(GET).closed).toBe('reset');
    await lab.grant('HTTP');
    await connect().send(GET).until('still here');
    lab.expectUnharmed();
  });

  it('a grant ends at its own deadline all the same', async () => {
    await lab.grant('HTTP', GUEST, SHORT_MS);
    const peer = connect(GUEST).send(GET);
    await peer.until('hello');
    const after = lab.gateway.program.lineCount;
    await lab.redis.stop('SIGKILL');
    expect(await peer.closed).toBe('reset');
    await lab.logged({ event: 'expired', ip: GUEST }, after);
    expect(await connect(GUEST).send(GET).closed).toBe('reset');
    lab.expectUnharmed();
  });

  it('a Redis that hangs is a lost one, and is found again with its grants', async () => {
    const peer = connect().send(GET);
    await peer.until('hello');
    const after = lab.gateway.program.lineCount;
    lab.redis.pause();
    await lab.logged({ event: 'store_stale' }, after);
    expect(await peer.closed).toBe('reset');
    expect(await connect().send(GET).closed).toBe('reset');
    lab.redis.resume();
    while (!(await lab.letsIn('HTTP', '127.0.0.1'))) await lab.redis.cli('PING');
    expect(await connect().send(GET).until('hello')).toContain('200 OK');
    lab.expectUnharmed();
  });
});
