import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../lab/free-port.js';
import { GatewayLab } from './gateway-lab.js';
import { Peer } from './peer.js';
import { RawUpstream } from './raw-upstream.js';

const GET = 'GET / HTTP/1.1\r\nHost: door\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: door\r\nContent-Length: 2\r\n\r\nhi';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

let lab: GatewayLab;
let upstream: RawUpstream;
beforeAll(async () => {
  upstream = await RawUpstream.start();
  const url = `http://127.0.0.1:${upstream.port}`;
  lab = await GatewayLab.start({
    doors: {
      HTTP: { upstream: url, upstream_timeout: '300ms' },
      PATIENT: { upstream: url },
      NOBODY: { upstream: `http://127.0.0.1:${await freePort()}` },
    },
  });
  for (const door of ['HTTP', 'PATIENT', 'NOBODY']) await lab.grant(door);
});
beforeEach(() => upstream.reset());
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const connect = (door: string): Peer => Peer.connect(lab.port(door));

/** Closed by the other side, in good order or not. */
const gone = (peer: Peer): Promise<unknown> => Promise.race([peer.ended, peer.closed]);

describe('an upstream that fails', () => {
  it('refused: 502, which says nothing of us or of it', async () => {
    const peer = connect('NOBODY').send(GET);
    const answer = await peer.until('\n\r\n').then(() => peer.until('Bad Gateway\n'));
    expect(answer).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/u);
    expect(answer).not.toMatch(/knock|fastify|nest|node|127\.0\.0\.1|ECONN|version/iu);
    await lab.logged({ event: 'upstream_failed', door: 'NOBODY', reason: 'ECONNREFUSED', status: 502 });
    peer.socket.destroy();
  });

  it('silent: 504 after upstream_timeout, and the upstream request is given up', async () => {
    const peer = connect('HTTP').send(GET);
    const far = await upstream.next();
    expect(await peer.until('Timeout\n')).toMatch(/^HTTP\/1\.1 504 Gateway Timeout\r\n/u);
    await gone(far);
    peer.socket.destroy();
  });

  it('slow once it has begun: that is its right', async () => {
    const peer = connect('HTTP').send(GET);
    const far = await upstream.next();
    await far.until('\r\n\r\n');
    far.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab');
    await peer.until('ab');
    const silent = connect('HTTP').send(GET); // its 504 shows that more than upstream_timeout has passed
    await silent.until('504');
    silent.socket.destroy();
    far.send('cd');
    expect(await peer.until('abcd')).toMatch(/abcd$/u);
    peer.socket.destroy();
  });

  it.each([
    ['with a length', 'Content-Length: 10\r\n\r\npart'],
    ['chunked', 'Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n'],
  ])('dies midway %s: the client is cut off, not handed a whole answer', async (_name, text) => {
    const peer = connect('PATIENT').send(GET);
    const far = await upstream.next();
    await far.until('\r\n\r\n');
    far.send(`HTTP/1.1 200 OK\r\n${text}`);
    await peer.until('part');
    far.socket.destroy();
    await peer.closed;
    expect(peer.text).toMatch(/part(?:\r\n)?$/u); // no last chunk, no padding
  });

  it('speaks no HTTP: 502', async () => {
    const peer = connect('PATIENT').send(GET);
    (await upstream.next()).send('SSH-2.0-OpenSSH_9.2\r\n\r\n');
    expect(await peer.until('Bad Gateway\n')).toMatch(/^HTTP\/1\.1 502 /u);
    peer.socket.destroy();
  });
});

describe('a client that leaves takes its upstream request with it', () => {
  it('while the upstream stalls', async () => {
    const peer = connect('PATIENT').send(GET);
    const far = await upstream.next();
    await far.until('\r\n\r\n');
    peer.socket.destroy();
    await gone(far);
  });

  it('in the midst of an upload', async () => {
    const peer = connect('PATIENT').send('PUT / HTTP/1.1\r\nHost: door\r\nContent-Length: 1000\r\n\r\nsome');
    const far = await upstream.next();
    await far.until('some');
    peer.socket.destroy();
    await gone(far);
  });

  it('in the midst of a download', async () => {
    const peer = connect('PATIENT').send(GET);
    const far = await upstream.next();
    await far.until('\r\n\r\n');
    far.send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome');
    await peer.until('some');
    peer.socket.destroy();
    await gone(far);
  });
});

describe('connections to the upstream', () => {
  it('are kept and used again', async () => {
    const peer = connect('PATIENT').send(GET);
    const far = await upstream.next();
    await far.until('\r\n\r\n');
    far.forget().send(OK);
    await peer.until('ok');
    peer.forget().send(GET);
    await far.until('\r\n\r\n');
    far.send(OK);
    await peer.until('ok');
    expect(upstream.peers).toHaveLength(1);
    peer.socket.destroy();
  });

  it.each([
    ['a GET is sent again on a new one', GET, /^HTTP\/1\.1 200 /u, 2],
    ['a POST is not: 502', POST, /^HTTP\/1\.1 502 /u, 1],
  ])('that the upstream closes just as a request is put on them: %s', async (_name, text, answer, connections) => {
    const peer = connect('PATIENT').send(GET);
    const far = await upstream.next();
    await far.until('\r\n\r\n');
    far.forget().send(OK);
    await peer.until('ok');
    peer.forget().send(text);
    await far.until('\r\n\r\n');
    far.socket.resetAndDestroy(); // the request is on its way, and is not answered
    if (connections === 2) (await upstream.next()).send(OK);
    expect(await peer.until(answer)).toMatch(answer);
    expect(upstream.peers).toHaveLength(connections);
    peer.socket.destroy();
  });
});
