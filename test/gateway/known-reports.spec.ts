import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayLab } from './gateway-lab.js';
import { HttpUpstream } from './http-upstream.js';
import { Peer } from './peer.js';
import { RawUpstream } from './raw-upstream.js';

// What was reported against other proxies on Node, and is not tested elsewhere here; each says which.

const MANY = 200;
const REST = 'Host: door\r\nConnection: close\r\n\r\n';
const HANDSHAKE =
  'Host: door\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const AGREED = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';

let http: HttpUpstream;
let raw: RawUpstream;
let lab: GatewayLab;

beforeAll(async () => {
  http = await HttpUpstream.start();
  raw = await RawUpstream.start();
  lab = await GatewayLab.start({
    doors: {
      HTTP: { upstream: http.url }, // who has sent more than is read of him is seen to have left only then
      RAW: { upstream: `http://127.0.0.1:${raw.port}`, upstream_timeout: '2s' },
    },
  });
  for (const door of ['HTTP', 'RAW']) await lab.grant(door);
});
beforeEach(() => {
  http.reset();
  raw.reset();
});
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  await http[Symbol.asyncDispose]();
  await raw[Symbol.asyncDispose]();
});

async function descriptors(): Promise<number> {
  return (await readdir(`/proc/${lab.gateway.program.pid}/fd`)).length;
}

// CVE-2024-21536, http-proxy-middleware: a path like these ended the process by an unhandled rejection.
describe('a path that is no URL', () => {
  const paths = ['//x@x', '//', '//@', '//[', '/%', '/\\..\\x', '//x:99999/', '/?a=%E0%A4%A', '/;//@[::1'];

  it.each(paths)('%s arrives to the letter, and nothing ends', async (path) => {
    expect(await Peer.exchange(lab.port('HTTP'), `GET ${path} HTTP/1.1\r\n${REST}`)).toContain('200 OK');
    expect(http.requests[0]!.url).toBe(path);
  });

  it.each(paths)('%s of a WebSocket arrives to the letter, and nothing ends', async (path) => {
    const client = Peer.connect(lab.port('RAW')).send(`GET ${path} HTTP/1.1\r\n${HANDSHAKE}`);
    const inner = await raw.next();
    expect(await inner.until('\r\n\r\n')).toMatch(/^GET /u);
    expect(inner.text.split(' ', 2)[1]).toBe(path);
    client.socket.destroy();
    await inner.closed;
  });
});

// GHSA-6x33-pw7p-hmpq, http-proxy before 1.18.1: a body and a handler that sets fields ended the process (ERR_HTTP_HEADERS_SENT).
it('a handshake that expects 100-continue is one without that, and nothing ends', async () => {
  const client = Peer.connect(lab.port('RAW')).send(`GET //a/../b HTTP/1.1\r\nExpect: 100-continue\r\n${HANDSHAKE}`);
  const inner = await raw.next();
  expect(await inner.until('\r\n\r\n')).toMatch(/^GET \/\/a\/\.\.\/b HTTP\/1\.1\r\n/u);
  expect(inner.text).not.toMatch(/expect/iu);
  client.socket.destroy();
  await inner.closed;
});

// Fields named like the members of an object (CVE-2022-24999, qs, and others): to be passed on, and to change nothing here.
it('fields named like members of objects arrive, and change nothing', async () => {
  const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'prototype'];
  const fields = names.map((name) => `${name}: x\r\n`).join('');
  await Peer.exchange(lab.port('HTTP'), `GET / HTTP/1.1\r\n${fields}${REST}`);
  expect(http.requests[0]!.rawHeaders).toEqual(expect.arrayContaining(names));
  const client = Peer.connect(lab.port('RAW')).send(`GET / HTTP/1.1\r\n${fields}${HANDSHAKE}`);
  const inner = await raw.next();
  expect(await inner.until('\r\n\r\n')).toContain('\r\nconstructor: x\r\n');
  client.socket.destroy();
  await inner.closed;
});

// http-party/node-http-proxy 1286 and others: an ECONNRESET of a WebSocket, at whatever moment, ended the process.
it.each([
  ['before its handshake is whole', `GET / HTTP/1.1\r\n${HANDSHAKE.slice(0, 60)}`, ''],
  ['with its handshake', `GET / HTTP/1.1\r\n${HANDSHAKE}`, ''],
  ['with data behind its handshake', `GET / HTTP/1.1\r\n${HANDSHAKE}${'x'.repeat(100_000)}`, ''],
  ['as the upstream agrees', `GET / HTTP/1.1\r\n${HANDSHAKE}`, AGREED],
  ['as the upstream agrees and speaks', `GET / HTTP/1.1\r\n${HANDSHAKE}`, AGREED + 'x'.repeat(100_000)],
  ['as the upstream refuses', `GET / HTTP/1.1\r\n${HANDSHAKE}`, 'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno'],
])(`${MANY} WebSockets that are reset %s leave nothing open`, async (_name, text, answer) => {
  const answering = (): void => {
    const peer = raw.peers.at(-1)!;
    peer.until('\r\n\r\n').then(
      () => peer.send(answer),
      () => {}, // it has gone before
    );
  };
  raw.server.on('connection', answering);
  const before = await descriptors();
  for (let i = 0; i < MANY; i += 1) {
    const client = Peer.connect(lab.port('RAW')).send(text);
    // every other one waits for an answer, where one comes
    if (i % 2 === 0 && answer !== '') await client.until('HTTP/1.1');
    else await once(client.socket, 'connect');
    client.socket.resetAndDestroy();
    await client.closed;
  }
  raw.server.off('connection', answering);
  await vi.waitFor(async () => expect(await descriptors()).toBeLessThanOrEqual(before), { timeout: 20_000 });
});

// http-party/node-http-proxy 1520 and others: requests of clients that had left stayed open upstream.
it.each([
  ['uploads', 'POST / HTTP/1.1\r\nHost: door\r\nContent-Length: 1000000\r\n\r\nsome'],
  ['downloads', 'GET / HTTP/1.1\r\nHost: door\r\n\r\n'],
])(`${MANY} %s that their clients leave, leave nothing open`, async (_name, text) => {
  http.handler = (request, response) => {
    request.resume();
    response.write('x'.repeat(100_000));
  };
  const before = await descriptors();
  for (let i = 0; i < MANY; i += 1) {
    const client = Peer.connect(lab.port('HTTP')).send(text);
    if (i % 2 === 0) await client.until('\r\n\r\n');
    else await once(client.socket, 'connect');
    if (i % 4 < 2) client.socket.resetAndDestroy();
    else client.socket.destroy();
    await client.closed;
  }
  await http.idle();
  await vi.waitFor(async () => expect(await descriptors()).toBeLessThanOrEqual(before), { timeout: 20_000 });
});
