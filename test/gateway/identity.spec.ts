import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayLab } from './gateway-lab.js';
import { HttpUpstream } from './http-upstream.js';
import { Peer } from './peer.js';
import { RawUpstream } from './raw-upstream.js';

const PROXY = '127.0.0.9';
const GUEST = '203.0.113.7';

let upstream: HttpUpstream;
let raw: RawUpstream;
let lab: GatewayLab;

beforeAll(async () => {
  upstream = await HttpUpstream.start();
  raw = await RawUpstream.start();
  lab = await GatewayLab.start({
    doors: {
      HTTP: { upstream: upstream.url },
      RAW: { upstream: `http://127.0.0.1:${raw.port}` },
      PROXIED: { upstream: upstream.url, trusted_proxies: [`${PROXY}/32`] },
    },
  });
  await lab.grant('HTTP');
  await lab.grant('RAW');
});
beforeEach(() => {
  upstream.reset();
  raw.reset();
});
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await raw[Symbol.asyncDispose]();
});

const ask = (fields: string): Promise<string> =>
  Peer.exchange(lab.port('HTTP'), `GET / HTTP/1.1\r\nHost: door\r\n${fields}Connection: close\r\n\r\n`);

const proxy = (): Peer => Peer.connect(lab.port('PROXIED'), { from: PROXY });
const get = (forwardedFor: string, path = '/'): string =>
  `GET ${path} HTTP/1.1\r\nHost: door\r\n${forwardedFor}\r\n\r\n`;

describe('who the upstream is told that it talks to', () => {
  it('Host is kept, and X-Forwarded-* say who asked for what', async () => {
    await Peer.exchange(lab.port('HTTP'), 'GET / HTTP/1.1\r\nHost: Example.ORG:8080\r\nConnection: close\r\n\r\n');
    expect(upstream.requests[0]!.headers).toEqual({
      host: 'Example.ORG:8080',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'Example.ORG:8080',
      connection: 'keep-alive',
    });
  });

  it('nothing that a stranger says of it is believed, in whatever spelling', async () => {
    const names = [
      'X-Forwarded-For',
      'x-forwarded-for',
      'X_Forwarded_For',
      'X-Forwarded_For',
      'X-Forwarded-Proto',
      'X-Forwarded-Host',
      'X-Forwarded-Port',
      'X-Forwarded-Server',
      'X-Real-IP',
      'X_REAL_IP',
      'X-Client-IP',
      'X-Cluster-Client-IP',
      'True-Client-IP',
      'Forwarded',
    ];
    await ask(names.map((name) => `${name}: 10.6.6.6\r\n`).join(''));
    expect(upstream.requests[0]!.rawHeaders.join('\n')).not.toContain('10.6.6.6');
    expect(upstream.requests[0]!.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'door' });
  });
});

describe('hop-by-hop fields', () => {
  const hop =
    'Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic x\r\nTE: gzip\r\n' +
    'Upgrade: h2c\r\nHTTP2-Settings: x\r\n';

  it('of a request go no further, nor do those that Connection names', async () => {
    await Peer.exchange(
      lab.port('HTTP'),
      `GET / HTTP/1.1\r\nHost: door\r\n${hop}X-Foo: 1\r\nX-Bar: 2\r\nConnection: close, X-Foo\r\nConnection: x-bar\r\n\r\n`,
    );
    expect(Object.keys(upstream.requests[0]!.headers).toSorted()).toEqual([
      'connection',
      'host',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
    ]);
  });

  it('Connection cannot take away Host, the length or what the gateway says', async () => {
    await Peer.exchange(
      lab.port('HTTP'),
      'POST / HTTP/1.1\r\nHost: door\r\nContent-Length: 2\r\n' +
        'Connection: close, host, content-length, x-forwarded-for, x-forwarded-host\r\n\r\nab',
    );
    expect(upstream.requests[0]!.headers).toMatchObject({
      host: 'door',
      'content-length': '2',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'door',
    });
  });

  it('of an answer go no further, nor do those that Connection names', async () => {
    const client = Peer.connect(lab.port('RAW')).send('GET / HTTP/1.1\r\nHost: door\r\n\r\n');
    const inner = await raw.next();
    await inner.until('\r\n\r\n');
    inner.send(
      'HTTP/1.1 200 OK\r\nConnection: close, X-Foo, content-length\r\nKeep-Alive: timeout=99\r\nProxy-Authenticate: Basic\r\n' +
        'Upgrade: h2c\r\nX-Foo: 1\r\nX-Bar: 2\r\nContent-Length: 2\r\n\r\nok',
    );
    const got = await client.until(/\r\n\r\nok$/u);
    expect(got).toMatch(
      /^HTTP\/1\.1 200 OK\r\nX-Bar: 2\r\nContent-Length: 2\r\nConnection: keep-alive\r\nKeep-Alive: timeout=75\r\n\r\nok$/u,
    );
    client.socket.destroy();
  });
});

describe('behind a trusted proxy', () => {
  const grantGuest = async (): Promise<void> => {
    await lab.grantUnseen('PROXIED', GUEST, 600_000);
    for (let open = false; !open;) {
      const peer = proxy().send(get(`X-Forwarded-For: ${GUEST}`));
      open = await peer.until('hello').then(
        () => true,
        () => false,
      );
      peer.socket.destroy();
    }
    upstream.reset();
  };

  it.each([
    ['without a grant', 'X-Forwarded-For: 198.51.100.1'],
    ['to whose left a granted one was written by itself', `X-Forwarded-For: ${GUEST}, 198.51.100.1`],
    ['on another line than a granted one', `X-Forwarded-For: ${GUEST}\r\nx-forwarded-for: 198.51.100.1`],
    ['that cannot be read', 'X-Forwarded-For: unknown'],
    ['that is left out at the end', `X-Forwarded-For: ${GUEST},`],
    ['that is not named at all', 'X-Other: 1'],
    ['named in another field', `X_Forwarded_For: ${GUEST}\r\nX-Real-IP: ${GUEST}\r\nForwarded: for=${GUEST}`],
  ])('a client %s gets nothing, and the upstream sees no request', async (_name, field) => {
    await grantGuest();
    const peer = proxy().send(get(field));
    expect(await peer.closed).toBe('reset');
    expect(peer.text).toBe('');
    expect(upstream.requests).toEqual([]);
  });

  it('a client with a grant gets through, and the upstream is told of both', async () => {
    await grantGuest();
    const peer = proxy().send(get(`X-Forwarded-For: 10.6.6.6, ${GUEST}, ${PROXY}\r\nX-Forwarded-Proto: https`));
    await peer.until('hello');
    expect(upstream.requests[0]!.headers).toMatchObject({
      'x-forwarded-for': `10.6.6.6, ${GUEST}, ${PROXY}, ${PROXY}`,
      'x-forwarded-proto': 'https',
    });
    peer.socket.destroy();
  });

  it('each request on one connection is judged by itself', async () => {
    await grantGuest();
    const peer = proxy().send(get(`X-Forwarded-For: ${GUEST}`, '/1'));
    await peer.until('hello');
    peer.forget().send(get('X-Forwarded-For: 198.51.100.1', '/2'));
    expect(await peer.closed).toBe('reset');
    expect(peer.text).toBe('');
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/1']);
  });

  it.each([
    ['bytes that are no request', 'NONSENSE\r\n\r\n'],
    ['a request without a client', 'GET / HTTP/1.1\r\n\r\n'],
    ['an expectation', 'GET / HTTP/1.1\r\nHost: door\r\nExpect: tea\r\n\r\n'],
  ])('%s: not even an error for who has no grant', async (_name, text) => {
    const peer = proxy().send(text);
    expect(await peer.closed).toBe('reset');
    expect(peer.text).toBe('');
  });

  it("a grant's end cuts that client's exchange, and leaves the others'", async () => {
    await grantGuest();
    await lab.grantUnseen('PROXIED', '203.0.113.8', 600_000);
    upstream.handler = (_request, response) => void response.write('begin');
    const cut = proxy().send(get(`X-Forwarded-For: ${GUEST}`));
    await cut.until('begin');
    const other = proxy().send(get('X-Forwarded-For: 203.0.113.8'));
    await other.until('begin');
    await lab.revoke('PROXIED', GUEST);
    expect(await cut.closed).toBe('reset');
    upstream.responses.at(-1)!.end('whole');
    await other.until('0\r\n\r\n');
    other.socket.destroy();
    await upstream.idle();
  });

  it('a stranger who names a granted client is a stranger', async () => {
    await grantGuest();
    const peer = Peer.connect(lab.port('PROXIED'), { from: '127.0.0.2' }).send(get(`X-Forwarded-For: ${GUEST}`));
    expect(await peer.closed).toBe('reset');
    expect(upstream.requests).toEqual([]);
  });

  it('a client that comes without the proxy is judged by its own address', async () => {
    await lab.grant('PROXIED', '127.0.0.3');
    const peer = Peer.connect(lab.port('PROXIED'), { from: '127.0.0.3' }).send(get(`X-Forwarded-For: ${GUEST}`));
    await peer.until('hello');
    expect(upstream.requests[0]!.headers['x-forwarded-for']).toBe('127.0.0.3');
    peer.socket.destroy();
  });
});
