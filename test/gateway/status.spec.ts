import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loopback } from '../lab/host.js';
import { GatewayLab } from './gateway-lab.js';
import { HttpUpstream } from './http-upstream.js';
import { Peer } from './peer.js';

const PATH = '/.knock/status';
const GUEST = '127.0.0.2';
const PROXY = '127.0.0.3';
/** Who the proxy says it is. */
const NAMED = '203.0.113.7';
const TTL_MS = 600_000;

const request = (method: string, path: string, ...fields: readonly string[]): string =>
  [`${method} ${path} HTTP/1.1`, 'Host: door.example', ...fields, '', ''].join('\r\n');

describe.each([1, 2])('the status path of a door, with workers: %i', (workers) => {
  let upstream: HttpUpstream;
  let lab: GatewayLab;
  beforeAll(async () => {
    upstream = await HttpUpstream.start();
    const http = { upstream: upstream.url };
    lab = await GatewayLab.start({
      doors: {
        OWN: { ...http, status: 'on' },
        OTHER: { ...http, status: '/.door' },
        OFF: http,
        DRAIN: { ...http, status: 'on', on_expiry: 'drain' },
        PROXIED: { ...http, status: 'on', trusted_proxies: [PROXY + '/32'] },
      },
      config: { workers },
    });
    await lab.grant('OTHER', GUEST);
    await lab.grant('OFF', GUEST);
  });
  beforeEach(async () => {
    upstream.reset();
    await lab.grant('OWN', GUEST, TTL_MS);
  });
  afterAll(async () => {
    lab.expectUnharmed();
    await lab[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  const at = (door: string, from = GUEST): Peer => Peer.connect(lab.port(door), { from });
  const curl = async (door: string, ...args: readonly string[]): Promise<string> => {
    const url = `http://127.0.0.1:${lab.port(door)}${PATH}`;
    return (await loopback.run('curl', ['-s', '--interface', GUEST, '-m', '10', ...args, url])).stdout;
  };
  const key = (door: string, ip = GUEST): string => `knockgate:{${door}}:grant:${ip}`;
  const lives = async (door: string, ip = GUEST): Promise<boolean> => {
    const { redis } = lab;
    return (await redis.cli('EXISTS', key(door, ip))).trim() === '1';
  };
  const trail = (door: string): Promise<string> =>
    lab.redis.cli('XREVRANGE', `knockgate:{${door}}:events`, '+', '-', 'COUNT', '1');
  const isShut = async (door: string): Promise<void> => {
    await expect.poll(() => lab.letsIn(door, GUEST), { timeout: 5000 }).toBe(false);
  };

  it('tells the seconds left, in JSON, on a connection that goes on', async () => {
    const peer = at('OWN').send(request('GET', PATH));
    const answer = await peer.until(/\r\n\r\n.*\n/u);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/u);
    expect(answer).toContain('\r\nCache-Control: no-store\r\n');
    expect(answer).toContain('\r\nContent-Type: application/json\r\n');
    const told = JSON.parse(answer.split('\r\n\r\n')[1]!) as Record<string, unknown>;
    expect(told).toEqual({ door: 'OWN', ip: GUEST, seconds_left: expect.any(Number) as number });
    expect(told['seconds_left']).toBeGreaterThan(TTL_MS / 1000 - 60);
    expect(told['seconds_left']).toBeLessThanOrEqual(TTL_MS / 1000);
    expect(upstream.requests).toEqual([]);
    peer.forget().send(request('HEAD', `${PATH}?again`));
    expect(await peer.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Content-Length: [1-9]/su);
    peer.forget().send(request('GET', '/page'));
    expect(await peer.until('hello')).not.toContain('seconds_left'); // of HEAD no body came
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/page']);
    peer.socket.destroy();
  });

  it('a page for a browser', async () => {
    const page = await curl('OWN', '-i', '-H', 'Accept: text/html,*/*;q=0.8');
    expect(page).toMatch(/content-security-policy: default-src 'none'; .*frame-ancestors 'none'/iu);
    expect(page).toMatch(new RegExp(`open for ${GUEST}, for another <b id="left">\\d+</b> seconds`, 'u'));
  });

  it.each([
    ['a program', 204, [], /^HTTP\/1\.1 204 No Content\r\n(?!.*content-length)/isu],
    ['a browser', 200, ['-H', 'Accept: text/html'], /^HTTP\/1\.1 200 OK\r\n.*The door is closed\./su],
    ['a page of its own', 204, ['-H', 'Sec-Fetch-Site: same-origin'], /^HTTP\/1\.1 204 /u],
    ['a client that sends a body', 204, ['--data', 'x'.repeat(100_000)], /^HTTP\/1\.1 204 /mu],
  ])('closes the door behind %s, which hears so before', async (_who, told, args, answer) => {
    await lab.grantUnseen('OWN', '127.0.0.9', TTL_MS);
    const idle = at('OWN').send(request('GET', '/'));
    await idle.until('hello');
    upstream.reset();
    const after = lab.gateway.program.lineCount;
    expect(await curl('OWN', '-i', '-X', 'POST', ...args)).toMatch(answer);
    expect(await lives('OWN')).toBe(false);
    expect(await idle.closed).toBe('reset');
    await isShut('OWN');
    expect(await trail('OWN')).toMatch(/event\nrevoked\n.*ip\n127\.0\.0\.2\nby\nthe client\n/su);
    await lab.logged({ event: 'revoked', door: 'OWN', ip: GUEST }, after);
    await lab.logged({ event: 'request', door: 'OWN', ip: GUEST, method: 'POST', path: PATH, status: told }, after);
    expect(upstream.requests).toEqual([]);
    // the same client's other doors, and other clients, keep theirs
    expect([await lives('OTHER'), await lives('OWN', '127.0.0.9')]).toEqual([true, true]);
  });

  it('what is pipelined behind it goes nowhere', async () => {
    const peer = at('OWN').send(request('POST', PATH) + request('GET', '/too-late') + request('POST', PATH));
    expect(await peer.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 204 No Content\r\n.*Connection: close\r\n\r\n$/su);
    await peer.closed;
    expect(peer.text.match(/HTTP\/1\.1/gu)).toHaveLength(1);
    expect(upstream.requests).toEqual([]);
  });

  it('another site’s page cannot', async () => {
    for (const foreign of ['Origin: http://evil.example', 'Origin: null', 'Sec-Fetch-Site: cross-site']) {
      expect(await curl('OWN', '-i', '-X', 'POST', '-H', foreign)).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/u);
    }
    const own = request('POST', PATH, 'Origin: http://door.example', 'Sec-Fetch-Site: same-origin');
    expect(await lives('OWN')).toBe(true);
    const peer = at('OWN').send(own);
    await peer.until('204');
    expect(await lives('OWN')).toBe(false);
    peer.socket.destroy();
  });

  it.each(['PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND'])('%s is no way to ask', async (method) => {
    const answer = await curl('OWN', '-i', '-X', method);
    expect(answer).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n.*Allow: GET, HEAD, POST\r\n/su);
    expect([upstream.requests, await lives('OWN')]).toEqual([[], true]);
  });

  it.each([
    ['OWN', '/.knock/status/'],
    ['OWN', '//.knock/status'],
    ['OWN', '/%2eknock/status'],
    ['OWN', '/x/../.knock/status'],
    ['OWN', '/.door'],
    ['OTHER', PATH],
    ['OFF', PATH],
    ['OFF', `${PATH}?x`],
  ])('%s: %s is the upstream’s', async (door, path) => {
    for (const method of ['GET', 'POST']) {
      const peer = at(door).send(request(method, path, 'Content-Length: 0'));
      expect(await peer.until('hello')).toMatch(/^HTTP\/1\.1 200 OK\r\n/u);
      peer.socket.destroy();
    }
    expect(upstream.requests.map(({ url, method }) => [method, url])).toEqual([
      ['GET', path],
      ['POST', path],
    ]);
    expect(await lives(door)).toBe(true);
  });

  it('so is an absolute form, and a WebSocket there', async () => {
    const absolute = at('OWN').send(request('GET', `http://door.example${PATH}`));
    await absolute.until('hello');
    upstream.server.once('upgrade', (_request, socket) => {
      socket.resume().on('end', () => socket.end());
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    });
    const upgraded = at('OWN').send(
      request('GET', PATH, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'),
    );
    await upgraded.until('101 Switching');
    for (const peer of [absolute, upgraded]) peer.socket.destroy();
    expect(upstream.requests.map(({ url }) => url)).toEqual([PATH]);
  });

  it('who has no grant cannot tell the doors apart', async () => {
    for (const door of ['OWN', 'OFF']) {
      for (const method of ['GET', 'POST']) {
        const peer = at(door, '127.0.0.4').send(request(method, PATH));
        expect([await peer.closed, peer.text]).toEqual(['reset', '']);
      }
    }
    expect(await lives('OWN')).toBe(true);
  });

  it('a door that drains is closed all the same, and tells its own deadline', async () => {
    await lab.grant('DRAIN', GUEST, 45_000);
    const left = (JSON.parse(await curl('DRAIN')) as { readonly seconds_left: number }).seconds_left;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(45);
    upstream.handler = (_request, response) => void response.write('begin');
    const streaming = at('DRAIN').send(request('GET', '/'));
    await streaming.until('begin');
    expect(await curl('DRAIN', '-i', '-X', 'POST')).toMatch(/^HTTP\/1\.1 204 /u);
    expect(await streaming.closed).toBe('reset');
    await isShut('DRAIN');
  });

  describe('through a proxy', () => {
    const named = `X-Forwarded-For: ${NAMED}`;
    beforeEach(() => lab.grantUnseen('PROXIED', NAMED, TTL_MS));
    const proxied = async (): Promise<Peer> => {
      await expect.poll(() => curlAsProxy(named)).toContain(`"ip":"${NAMED}"`);
      return at('PROXIED', PROXY);
    };
    const curlAsProxy = async (...fields: readonly string[]): Promise<string> => {
      const args = ['-s', '--interface', PROXY, ...fields.flatMap((field) => ['-H', field])];
      return (await loopback.run('curl', [...args, `http://127.0.0.1:${lab.port('PROXIED')}${PATH}`])).stdout;
    };

    it('the client is whom it names, and the proxy’s connection goes on', async () => {
      await lab.grantUnseen('PROXIED', '203.0.113.8', TTL_MS);
      const proxy = await proxied();
      proxy.send(request('POST', PATH, named));
      expect(await proxy.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 204 No Content\r\n/u);
      expect([await lives('PROXIED', NAMED), await lives('PROXIED', '203.0.113.8')]).toEqual([false, true]);
      proxy.forget().send(request('GET', PATH, 'X-Forwarded-For: 203.0.113.8'));
      await proxy.until('"ip":"203.0.113.8"');
      await expect.poll(() => curlAsProxy(named)).toBe('');
      proxy.socket.destroy();
    });

    it('who is named and has no grant gets nothing', async () => {
      const proxy = await proxied();
      proxy.send(request('POST', PATH, 'X-Forwarded-For: 198.51.100.1'));
      expect([await proxy.closed, proxy.text]).toEqual(['reset', '']);
      expect(await lives('PROXIED', NAMED)).toBe(true);
    });
  });

  it('a client that does not wait for the answer has closed the door nevertheless', async () => {
    const socket = connect({ host: '127.0.0.1', port: lab.port('OWN'), localAddress: GUEST });
    socket.on('error', () => {});
    socket.end(request('POST', PATH));
    socket.resume();
    await expect.poll(() => lives('OWN'), { timeout: 5000 }).toBe(false);
    await isShut('OWN');
  });

  it('says so if the store is away, and the log says whose wish it was', async () => {
    await using away = await GatewayLab.start({
      doors: { OWN: { upstream: upstream.url, status: 'on' } },
      config: { workers },
    });
    await away.grant('OWN', GUEST);
    const peer = Peer.connect(away.port('OWN'), { from: GUEST }).send(request('GET', PATH));
    await peer.until('seconds_left');
    await away.redis.stop();
    peer.forget().send(request('POST', PATH));
    expect(await peer.until(/let its time run out\.\n$/u)).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/u);
    await away.logged({ event: 'close_failed', door: 'OWN', ip: GUEST });
    peer.socket.destroy();
  });
});
