import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayLab } from './gateway-lab.js';
import { HttpUpstream } from './http-upstream.js';
import { Peer } from './peer.js';

const GET = 'GET / HTTP/1.1\r\nHost: door\r\n\r\n';
const STRANGER = { from: '127.0.0.2' };

let upstream: HttpUpstream;
let lab: GatewayLab;
let port: number;

beforeAll(async () => {
  upstream = await HttpUpstream.start();
  lab = await GatewayLab.start({
    doors: { HTTP: { upstream: upstream.url } },
    config: { limits: { header_timeout: '300ms', idle_timeout: '2s', connections_per_ip: 3, connections: 4 } },
  });
  port = lab.port('HTTP');
  await lab.grant('HTTP');
});
beforeEach(() => upstream.reset());
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

/** A connection that has had an answer; tried again while the gateway still counts earlier ones that have gone. */
async function enter(from = '127.0.0.1'): Promise<Peer> {
  for (;;) {
    const peer = Peer.connect(port, { from }).send(GET);
    const inside = await peer.until('hello').catch(() => undefined);
    if (inside !== undefined) return peer;
  }
}

describe('without a grant', () => {
  it('a connection is reset at accept and gets no byte, though others are granted', async () => {
    const granted = Peer.connect(port).send(GET);
    await granted.until('hello');
    const stranger = Peer.connect(port, STRANGER);
    expect(await stranger.closed).toBe('reset');
    expect(stranger.text).toBe('');
    expect(await granted.forget().send(GET).until('hello')).toContain('200 OK');
    granted.socket.destroy();
  });

  it('a request sent at once gets no byte, and the upstream sees nothing of it', async () => {
    const strangers = Array.from({ length: 20 }, () => Peer.connect(port, STRANGER).send(GET.repeat(3)));
    for (const stranger of strangers) {
      expect(await stranger.closed).toBe('reset');
      expect(stranger.text).toBe('');
    }
    expect(await Peer.exchange(port, GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))).toContain('hello');
    expect(upstream.requests.length).toBe(1);
    expect(upstream.connections).toBe(1);
  });

  it.each([
    ['a WebSocket handshake', 'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['garbage', '\0\xff\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('%s gets no byte', async (_name, text) => {
    const stranger = Peer.connect(port, STRANGER).send(text);
    expect(await stranger.closed).toBe('reset');
    expect(stranger.text).toBe('');
    expect(upstream.connections).toBe(0);
  });

  it('a key without a TTL is no grant', async () => {
    const after = lab.gateway.program.lineCount;
    await lab.redis.cli('HSET', 'knockgate:{HTTP}:grant:127.0.0.2', 'ip', '127.0.0.2');
    await lab.logged({ event: 'grant_without_ttl', ip: '127.0.0.2' }, after);
    expect(await lab.letsIn('HTTP', '127.0.0.2')).toBe(false);
    await lab.revoke('HTTP', '127.0.0.2');
  });
});

describe('limits', () => {
  it("an IP's connections beyond connections_per_ip are reset, and the next comes in when one has gone", async () => {
    const peers = [await enter(), await enter(), await enter()];
    const after = lab.gateway.program.lineCount;
    expect(await Peer.connect(port).send(GET).closed).toBe('reset');
    await lab.logged({ event: 'connection_limit', limit: '3 connections by one IP' }, after);

    await lab.grant('HTTP', '127.0.0.3');
    const other = await enter('127.0.0.3');
    const beyond = Peer.connect(port, { from: '127.0.0.3' }).send(GET);
    expect(await beyond.closed).toBe('reset'); // the door's own limit: 4
    expect(beyond.text).toBe('');

    for (const peer of [...peers, other]) peer.socket.destroy();
    while (!(await lab.letsIn('HTTP', '127.0.0.1'))) await delay(0);
  });

  it.each([
    ['nothing', ''],
    ['half a header', 'GET / HTTP/1.1\r\nHost: do'],
    ['half a request line', 'GE'],
  ])('a client that sends %s and then waits is disconnected after header_timeout', async (_name, text) => {
    const slow = Peer.connect(port).send(text);
    expect(await slow.closed).toBe('end');
    expect(slow.text).toMatch(/^(?:HTTP\/1\.1 408 Request Timeout\r\n[^]*)?$/u);
    expect(upstream.requests).toEqual([]);
  });

  it('headers that trickle in do not put off header_timeout', async () => {
    const slow = Peer.connect(port).send('GET / HTTP/1.1\r\n');
    const trickle = setInterval(() => slow.send('X-A: b\r\n'), 20);
    await slow.ended;
    clearInterval(trickle);
    slow.socket.destroy();
    expect(slow.text).toMatch(/^HTTP\/1\.1 408 /u);
    expect(upstream.requests).toEqual([]);
  });

  it.each([
    ['a header', 'GET / HTTP/1.1\r\nX-A: '],
    ['a path', 'GET /'],
  ])('who sends %s without end is not listened to for long', async (_name, start) => {
    const endless = Peer.connect(port).send(start);
    const more = (): void => {
      while (!endless.socket.destroyed && endless.socket.write('x'.repeat(65_536)));
    };
    endless.socket.on('drain', more);
    more();
    await endless.closed;
    expect(endless.socket.bytesWritten).toBeLessThan(16 * 1024 * 1024); // most of it in the buffers of the two kernels
    expect(upstream.requests).toEqual([]);
  });

  it('a keep-alive connection that idles is closed after idle_timeout', async () => {
    const idle = Peer.connect(port).send(GET);
    await idle.until('hello');
    expect(await idle.closed).toBe('end');
  });

  it('an answer that takes longer than header_timeout and idle_timeout arrives whole', async () => {
    upstream.handler = (_request, response) => void setTimeout(() => response.end('late'), 3500);
    expect(await Peer.exchange(port, GET)).toContain('late');
  });
});
