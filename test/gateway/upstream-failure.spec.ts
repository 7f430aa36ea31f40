import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayLab } from './gateway-lab.js';
import { HttpUpstream } from './http-upstream.js';
import { Peer } from './peer.js';
import { RawUpstream } from './raw-upstream.js';

const GET = 'GET / HTTP/1.1\r\nHost: door\r\n\r\n';
const LAST_GET = 'GET / HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n';
const BAD_GATEWAY = /^HTTP\/1\.1 502 Bad Gateway\r\n[^]*\r\n\r\nBad Gateway\n$/u;

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
      HASTY: { upstream: `http://127.0.0.1:${raw.port}`, upstream_timeout: '300ms' },
      NOBODY: { upstream: 'http://127.0.0.1:1' },
      NOWHERE: { upstream: 'http://no-such-host.invalid:80' },
    },
  });
  for (const door of ['HTTP', 'RAW', 'HASTY', 'NOBODY', 'NOWHERE']) await lab.grant(door);
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

/** A client that has sent this, and the upstream's end of it, which has read the header. */
async function begun(text: string, door = 'RAW'): Promise<{ readonly client: Peer; readonly inner: Peer }> {
  const client = Peer.connect(lab.port(door)).send(text);
  const inner = await raw.next();
  await inner.until('\r\n\r\n');
  return { client, inner };
}

describe('an upstream that resets right behind the first bytes of an answer without a length', () => {
  it('has given no whole one', async () => {
    for (let i = 0; i < 20; i += 1) {
      const { client, inner } = await begun(LAST_GET);
      inner.socket.write('HTTP/1.1 200 OK\r\n\r\nbegin', () => inner.socket.resetAndDestroy());
      await client.closed;
      expect(client.text).not.toMatch(/^HTTP\/1\.1 200 [^]*\r\n0\r\n\r\n$/u);
    }
  });
});

describe('an upstream that gives no answer', () => {
  it.each(['NOBODY', 'NOWHERE'])('cannot be reached (%s): 502, and the connection goes on', async (door) => {
    const client = Peer.connect(lab.port(door)).send(GET);
    await client.until('Bad Gateway\n');
    await client.forget().send(GET).until(BAD_GATEWAY);
    client.socket.destroy();
    expect(await Peer.exchange(lab.port(door), LAST_GET.replace('GET', 'HEAD'))).toMatch(
      /^HTTP\/1\.1 502 [^]*\r\n\r\n$/u,
    );
  });

  it('takes the connection and closes it: 502', async () => {
    const { client, inner } = await begun(LAST_GET);
    inner.socket.end();
    await client.closed;
    expect(client.text).toMatch(BAD_GATEWAY);
  });

  it('takes the connection and is silent: 504 after upstream_timeout', async () => {
    const { client, inner } = await begun(LAST_GET, 'HASTY');
    await inner.closed;
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 504 Gateway Timeout\r\n/u);
  });

  it('takes no body: 504 after upstream_timeout', async () => {
    const { client, inner } = await begun(
      'POST / HTTP/1.1\r\nHost: door\r\nContent-Length: 100000000\r\n\r\n',
      'HASTY',
    );
    inner.socket.pause();
    const chunk = Buffer.alloc(1024 * 1024);
    const fill = (): void => {
      while (!client.socket.destroyed && client.socket.write(chunk));
    };
    client.socket.on('drain', fill);
    fill();
    expect(await client.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 504 Gateway Timeout\r\n/u);
    client.socket.destroy();
  });

  it('a client that takes its time over an upload is no fault of the upstream', async () => {
    const { client, inner } = await begun('POST / HTTP/1.1\r\nHost: door\r\nContent-Length: 4\r\n\r\nab', 'HASTY');
    for (let i = 0; i < 2; i += 1) {
      // another exchange runs into the time limit meanwhile
      const { client: other } = await begun(LAST_GET, 'HASTY');
      await other.closed;
    }
    client.send('cd');
    await inner.until('abcd');
    inner.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(await client.until(/ok$/u)).toContain('200 OK');
    client.socket.destroy();
  });

  it('is slow once it has begun to answer: that is its right', async () => {
    const { client, inner } = await begun(LAST_GET, 'HASTY');
    inner.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab');
    await client.until('ab');
    const { client: other } = await begun(LAST_GET, 'HASTY');
    await other.closed; // its 504 shows that more than upstream_timeout has passed
    inner.send('cd');
    await client.closed;
    expect(client.text).toMatch(/\r\n\r\nabcd$/u);
  });

  it.each([
    ['garbage', 'NONSENSE\r\n\r\n'],
    ['HTTP/0.9', '<html>hello</html>'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['status 000', 'HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n'],
    ['status 099', 'HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n'],
    ['a reason with a control character', 'HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n'],
    ['a reason with NUL', 'HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n'],
    ['a field with NUL', 'HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 0\r\n\r\n'],
    ['a name with a space', 'HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 0\r\n\r\n'],
    ['a length and a coding', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef'],
    ['an endless header', `HTTP/1.1 200 OK\r\nX-A: ${'b'.repeat(100_000)}\r\n\r\n`],
    [
      'an upgrade that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    ],
  ])('says %s: 502', async (_name, answer) => {
    const { client, inner } = await begun(LAST_GET);
    inner.send(answer);
    await client.closed;
    inner.socket.destroy();
    expect(client.text).toMatch(BAD_GATEWAY);
  });
});

describe('an answer that breaks off does not look whole', () => {
  it.each([
    ['with a length', LAST_GET, 'Content-Length: 100\r\n\r\nbegin'],
    ['chunked', LAST_GET, 'Transfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n'],
    ['chunked, to an HTTP/1.0 client', 'GET / HTTP/1.0\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n'],
    ['with a length, to an HTTP/1.0 client', 'GET / HTTP/1.0\r\n\r\n', 'Content-Length: 100\r\n\r\nbegin'],
  ])('%s', async (_name, request, answer) => {
    for (const how of ['end', 'resetAndDestroy'] as const) {
      const { client, inner } = await begun(request);
      inner.send(`HTTP/1.1 200 OK\r\n${answer}`);
      await client.until('begin');
      inner.socket[how]();
      expect(await client.closed).toBe('reset');
      expect(client.text).toMatch(/begin(?:\r\n)?$/u);
    }
  });

  it('one that goes on with a chunk that is none', async () => {
    const { client, inner } = await begun(LAST_GET);
    inner.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n');
    await client.until('begin');
    inner.send('0x0\r\n\r\n');
    expect(await client.closed).toBe('reset');
    expect(client.text).toMatch(/begin\r\n$/u);
  });
});

describe('a client that leaves takes its request with it', () => {
  const upload = 'POST / HTTP/1.1\r\nHost: door\r\nContent-Length: 1000\r\n\r\nsome';
  it.each([
    ['while the upstream stalls', GET, ''],
    ['while the upstream stalls behind a whole upload', upload.replace('1000', '4'), ''],
    ['during an upload', upload, ''],
    ['during a download', GET, 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome'],
    ['during an event stream', GET, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['before it has sent what was to be continued', upload.replace('Host', 'Expect: 100-continue\r\nHost'), ''],
  ])('%s', async (_name, request, answer) => {
    for (const how of ['destroy', 'resetAndDestroy'] as const) {
      const { client, inner } = await begun(request);
      if (answer !== '') {
        inner.send(answer);
        await client.until('\r\n\r\n');
      }
      client.socket[how]();
      await inner.closed;
      expect(inner.text).not.toMatch(/\r\n0\r\n\r\n$/u);
    }
  });
});

describe('an answer before the upload is over', () => {
  it.each([
    ['and closes', 'Connection: close\r\n'],
    ['and stays', ''],
  ])('the upstream says 413 %s: the client gets it whole, and may go on', async (_name, fields) => {
    const length = 4 * 1024 * 1024;
    const { client, inner } = await begun(`POST / HTTP/1.1\r\nHost: door\r\nContent-Length: ${length}\r\n\r\n`);
    inner.socket.pause();
    inner.send(`HTTP/1.1 413 Payload Too Large\r\n${fields}Content-Length: 2\r\n\r\nno`);
    if (fields !== '') inner.socket.end();
    expect(await client.until(/\r\n\r\nno$/u)).toMatch(/^HTTP\/1\.1 413 /u);
    inner.socket.destroy();
    client.forget().socket.write(Buffer.alloc(length));
    client.send(GET);
    const next = await raw.next();
    await next.until('\r\n\r\n');
    next.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect(await client.until(/ok$/u)).toMatch(/^HTTP\/1\.1 200 OK\r\n/u);
    client.socket.destroy();
  });

  it('the upstream cannot be reached: the client gets the 502, and may go on', async () => {
    const client = Peer.connect(lab.port('NOBODY'));
    client.send('POST / HTTP/1.1\r\nHost: door\r\nContent-Length: 4000000\r\n\r\n');
    await client.until('Bad Gateway\n');
    client.forget().socket.write(Buffer.alloc(4_000_000));
    await client.send(GET).until(BAD_GATEWAY);
    client.socket.destroy();
    expect(client.text).toMatch(BAD_GATEWAY);
  });
});

describe('connections to the upstream', () => {
  it('are used again, by all clients', async () => {
    for (let i = 0; i < 20; i += 1) expect(await Peer.exchange(lab.port('HTTP'), LAST_GET)).toContain('hello');
    const client = Peer.connect(lab.port('HTTP'));
    for (let i = 0; i < 20; i += 1) await client.forget().send(GET).until('hello');
    client.socket.destroy();
    expect(upstream.requests).toHaveLength(40);
    expect(upstream.connections).toBe(1);
  });

  it.each([
    ['bytes behind the answer', '', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged'],
    ['a word that it is the last', 'Connection: close\r\n', ''],
    ['a word that it is closed soon', 'Keep-Alive: timeout=1\r\n', ''],
  ])('are not used again after %s', async (_name, fields, behind) => {
    const client = Peer.connect(lab.port('RAW')).send(GET);
    const inner = await raw.next();
    await inner.until('\r\n\r\n');
    inner.send(`HTTP/1.1 200 OK\r\n${fields}Content-Length: 2\r\n\r\nok${behind}`);
    await client.until(/ok$/u);
    client.forget().send(GET);
    const next = await raw.next();
    await next.until('\r\n\r\n');
    next.send('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew');
    expect(await client.until(/new$/u)).not.toContain('forged');
    expect(inner.text.match(/GET/gu)).toHaveLength(1);
    client.socket.destroy();
  });

  it('are not used again after an answer that broke off, or one that nobody waited for', async () => {
    const { client } = await begun(GET);
    client.socket.destroy();
    const { client: second, inner } = await begun(GET);
    inner.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await second.until(/ok$/u);
    second.socket.destroy();
    expect(raw.peers).toHaveLength(2);
  });

  /** A connection that the upstream has left idle, and closes as soon as the next request comes. */
  const stale = async (): Promise<Peer> => {
    const { client, inner } = await begun(LAST_GET);
    inner.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.closed;
    inner.forget().socket.once('data', () => inner.socket.resetAndDestroy());
    return inner;
  };

  it.each(['GET', 'HEAD'])(
    'one that the upstream closes at the wrong moment: a %s is sent again, once',
    async (method) => {
      const old = await stale();
      const client = Peer.connect(lab.port('RAW')).send(LAST_GET.replace('GET', method));
      await old.closed;
      const inner = await raw.next();
      await inner.until('\r\n\r\n');
      inner.send('HTTP/1.1 204 No Content\r\n\r\n');
      await client.closed;
      expect(client.text).toMatch(/^HTTP\/1\.1 204 No Content\r\n/u);
      expect(raw.peers).toHaveLength(2);
    },
  );

  it('a second failure is a 502', async () => {
    const old = await stale();
    const client = Peer.connect(lab.port('RAW')).send(LAST_GET);
    await old.closed;
    (await raw.next()).socket.resetAndDestroy();
    await client.closed;
    expect(client.text).toMatch(BAD_GATEWAY);
    expect(raw.peers).toHaveLength(2);
  });

  it.each([
    ['a POST', LAST_GET.replace('GET', 'POST')],
    ['a DELETE', LAST_GET.replace('GET', 'DELETE')],
    ['a GET with a body', LAST_GET.replace('\r\n\r\n', '\r\nContent-Length: 2\r\n\r\nab')],
  ])('%s is not sent again', async (_name, text) => {
    const old = await stale();
    const client = Peer.connect(lab.port('RAW')).send(text);
    await old.closed;
    await client.closed;
    expect(client.text).toMatch(BAD_GATEWAY);
    expect(raw.peers).toHaveLength(1);
  });
});

it('no answer of our own names the product, what it is made of, or the upstream', async () => {
  const port = lab.port('NOBODY');
  const answers = await Promise.all([
    Peer.exchange(port, LAST_GET),
    Peer.exchange(port, LAST_GET.replace('GET', 'POST')),
    Peer.exchange(port, 'NONSENSE\r\n\r\n'),
    Peer.exchange(port, 'GET nowhere HTTP/1.1\r\nHost: door\r\n\r\n'),
    Peer.exchange(port, `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`),
    Peer.exchange(port, 'GET / HTTP/1.1\r\nHost: door\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    Peer.exchange(lab.port('HASTY'), LAST_GET),
  ]);
  expect(answers.map((answer) => answer.slice(9, 12))).toEqual(['502', '502', '400', '400', '431', '502', '504']);
  expect(answers.join('\n')).not.toMatch(/knock|fastify|nest|node|http-proxy|server:|powered|127\.0|econn|version/iu);
});
