import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { run } from '../lab/run.js';
import { GatewayLab } from './gateway-lab.js';
import { bodyOf, HttpUpstream } from './http-upstream.js';
import { Peer } from './peer.js';
import { RawUpstream } from './raw-upstream.js';

const HANDSHAKE =
  'GET /chat//x HTTP/1.1\r\nHost: door\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const AGREED =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

let http: HttpUpstream;
let webSockets: WebSocketServer;
let raw: RawUpstream;
let lab: GatewayLab;

beforeAll(async () => {
  http = await HttpUpstream.start();
  raw = await RawUpstream.start();
  webSockets = new WebSocketServer({ server: http.server, handleProtocols: () => 'second' });
  lab = await GatewayLab.start({
    doors: {
      WS: { upstream: http.url },
      RAW: { upstream: `http://127.0.0.1:${raw.port}`, upstream_timeout: '300ms' },
      PATIENT: { upstream: `http://127.0.0.1:${raw.port}` },
      NOBODY: { upstream: 'http://127.0.0.1:1' },
    },
  });
  for (const door of ['WS', 'RAW', 'PATIENT', 'NOBODY']) await lab.grant(door);
});
beforeEach(() => {
  webSockets.removeAllListeners('connection');
  webSockets.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
  raw.reset();
});
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  webSockets.close();
  await http[Symbol.asyncDispose]();
  await raw[Symbol.asyncDispose]();
});

const open = async (protocols: string[] = []): Promise<WebSocket> => {
  const socket = new WebSocket(`ws://127.0.0.1:${lab.port('WS')}/`, protocols);
  await once(socket, 'open');
  return socket;
};
const message = async (socket: WebSocket): Promise<unknown[]> => once(socket, 'message') as Promise<unknown[]>;

/** A client and the upstream's end of its connection, the handshake done. */
async function agreed(): Promise<{ readonly client: Peer; readonly inner: Peer }> {
  const client = Peer.connect(lab.port('RAW')).send(HANDSHAKE);
  const inner = await raw.next();
  await inner.until('\r\n\r\n');
  inner.send(AGREED);
  await client.until('\r\n\r\n');
  return { client: client.forget(), inner: inner.forget() };
}

describe('a WebSocket', () => {
  it('carries text, binary and large messages both ways', async () => {
    const socket = await open();
    const large = Buffer.alloc(8 * 1024 * 1024, 'abcdefg');
    for (const sent of ['héllo', Buffer.from([0, 255, 128]), large]) {
      socket.send(sent);
      const [got, binary] = await message(socket);
      expect(binary).toBe(typeof sent !== 'string');
      expect(digest(got as Buffer)).toBe(digest(Buffer.from(sent)));
    }
    socket.close();
    await once(socket, 'close');
  });

  it('is offered the protocols, and gets the one that is chosen', async () => {
    const socket = await open(['first', 'second']);
    expect(socket.protocol).toBe('second');
    socket.terminate();
  });

  it('passes ping and pong both ways', async () => {
    const pinged = new Promise<string>((resolve) => {
      webSockets.once('connection', (inner) => {
        inner.on('ping', (data) => resolve(String(data)));
        inner.ping('from within');
      });
    });
    const socket = new WebSocket(`ws://127.0.0.1:${lab.port('WS')}/`);
    expect(String(await once(socket, 'ping'))).toBe('from within');
    socket.ping('from outside');
    expect(await pinged).toBe('from outside');
    expect(String(await once(socket, 'pong'))).toBe('from outside');
    socket.terminate();
  });

  it("the server's close reaches the client, with code and reason", async () => {
    webSockets.once('connection', (inner) => inner.close(4001, 'enough'));
    const socket = new WebSocket(`ws://127.0.0.1:${lab.port('WS')}/`);
    const [code, reason] = await once(socket, 'close');
    expect([code, String(reason)]).toEqual([4001, 'enough']);
  });

  it("the client's close reaches the server, with code and reason", async () => {
    const closed = new Promise<unknown[]>((resolve) => {
      webSockets.once('connection', (inner) =>
        inner.on('close', (code: number, reason: Buffer) => resolve([code, String(reason)])),
      );
    });
    const socket = await open();
    const gone = once(socket, 'close');
    socket.close(4002, 'bye');
    expect(await closed).toEqual([4002, 'bye']);
    await gone;
  });

  it('data sent right behind the handshake is not lost, on either side', async () => {
    const client = Peer.connect(lab.port('RAW')).send(`${HANDSHAKE}early`);
    const inner = await raw.next();
    await inner.until('\r\n\r\n');
    inner.send(`${AGREED}at once`);
    expect(await client.until('at once')).toMatch(/\r\n\r\nat once$/u);
    await inner.until(/\r\n\r\nearly$/u);
    client.socket.destroy();
  });

  it('the handshake goes upstream as it is, path and all, and says who asks', async () => {
    Peer.connect(lab.port('RAW')).send(HANDSHAKE.replace('Host', 'X-Forwarded-For: 10.0.0.1\r\nhOst'));
    const inner = await raw.next();
    const asked = await inner.until('\r\n\r\n');
    expect(asked).toMatch(/^GET \/chat\/\/x HTTP\/1\.1\r\nhOst: door\r\n/u);
    expect(asked).toMatch(/\r\nX-Forwarded-For: 127\.0\.0\.1\r\n/u);
    expect(asked).toMatch(/\r\nconnection: Upgrade\r\nupgrade: websocket\r\n/iu);
    expect(asked).not.toContain('10.0.0.1');
  });
});

describe('neither end of a WebSocket outlives the other', () => {
  it.each(['destroy', 'resetAndDestroy'] as const)('the upstream goes (%s)', async (how) => {
    const { client, inner } = await agreed();
    inner.socket[how]();
    await client.closed;
    expect(client.text).toBe(''); // no 502 into the middle of frames
  });

  it.each(['destroy', 'resetAndDestroy', 'end'] as const)('the client goes (%s)', async (how) => {
    const { client, inner } = await agreed();
    client.socket[how]();
    await inner.closed;
    await client.closed;
    expect(inner.text).toBe('');
  });

  it('the upstream goes, and the client does not take the hint', async () => {
    const client = Peer.connect(lab.port('RAW'), { allowHalfOpen: true }).send(HANDSHAKE);
    const inner = await raw.next();
    await inner.until('\r\n\r\n');
    inner.send(AGREED).socket.end();
    await client.ended;
    const knock = setInterval(() => client.send('anybody?'), 10); // until the answer is a RST
    expect(await client.closed).toBe('reset');
    clearInterval(knock);
  });

  it('the client goes in the midst of much data that nobody reads', async () => {
    const { client, inner } = await agreed();
    client.socket.pause();
    const blocked = new Promise((resolve) => {
      const fill = (): void => {
        if (inner.socket.write(Buffer.alloc(1024 * 1024))) setImmediate(fill);
        else resolve(undefined);
      };
      fill();
    });
    await blocked;
    client.socket.resetAndDestroy();
    await inner.closed;
    expect(inner.text).toBe('');
  });

  it.each(['destroy', 'resetAndDestroy'] as const)(
    'the client goes before the upstream has answered (%s)',
    async (how) => {
      const client = Peer.connect(lab.port('PATIENT')).send(HANDSHAKE);
      const inner = await raw.next();
      await inner.until('\r\n\r\n');
      client.socket[how]();
      await inner.closed;
      expect(() => lab.expectUnharmed()).not.toThrow();
    },
  );
});

describe('a handshake that comes to nothing', () => {
  const refusal = async (answer: string): Promise<string> => {
    const client = Peer.connect(lab.port('RAW')).send(HANDSHAKE);
    const inner = await raw.next();
    await inner.until('\r\n\r\n');
    inner.send(answer).socket.end();
    await client.closed;
    return client.text;
  };

  it('the upstream says 401: status, fields and body pass on', async () => {
    const fields = 'WWW-Authenticate: Basic\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n';
    expect(await refusal(`HTTP/1.1 401 Unauthorized\r\n${fields}Content-Length: 4\r\n\r\nno!!`)).toBe(
      `HTTP/1.1 401 Unauthorized\r\n${fields}Content-Length: 4\r\nConnection: close\r\n\r\nno!!`,
    );
  });

  it('a chunked refusal stays framed, however long', async () => {
    const part = 'x'.repeat(65_536);
    const got = await refusal(
      `HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n${`10000\r\n${part}\r\n`.repeat(10)}0\r\n\r\n`,
    );
    expect(got).toContain('Transfer-Encoding: chunked\r\n');
    expect(got).toMatch(/\r\n0\r\n\r\n$/u);
    expect(got.match(/x/gu)!.length).toBe(655_360);
  });

  it('a refusal that breaks off does not look whole', async () => {
    const got = await refusal('HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n');
    expect(got).not.toContain('0\r\n\r\n');
  });

  it.each([
    ['without its fields', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['without Connection', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'],
    ['to another protocol', AGREED.replace('websocket', 'h2c')],
  ])('the upstream agrees %s: 502, and what the client sends goes nowhere', async (_name, answer) => {
    const client = Peer.connect(lab.port('PATIENT')).send(`${HANDSHAKE}early`);
    const inner = await raw.next();
    await inner.until('\r\n\r\n');
    inner.send(`${answer}frames`);
    await Promise.all([client.closed, inner.closed]);
    expect(client.text).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/u);
    expect(client.text).not.toContain('frames');
    expect(inner.text).toMatch(/\r\n\r\n$/u);
  });

  it('nobody listens: 502', async () => {
    expect(await Peer.exchange(lab.port('NOBODY'), HANDSHAKE)).toBe(
      'HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    );
  });

  it('nobody answers: 504 after upstream_timeout', async () => {
    const client = Peer.connect(lab.port('RAW')).send(HANDSHAKE);
    expect((await raw.next()).text).toBe('');
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 504 Gateway Timeout\r\n/u);
  });

  it('a silent WebSocket is no silent upstream', async () => {
    const { client, inner } = await agreed();
    // another handshake's time runs out after this one's would
    await Peer.connect(lab.port('RAW')).send(HANDSHAKE).closed;
    inner.send('still here');
    await client.until('still here');
    client.socket.destroy();
    expect(client.text).toBe('still here');
  });

  it.each([
    ['a POST', HANDSHAKE.replace('GET', 'POST')],
    ['HTTP/1.0', HANDSHAKE.replace('HTTP/1.1', 'HTTP/1.0')],
    ['two protocols', HANDSHAKE.replace('WebSocket', 'websocket, h2c')],
  ])('with %s it is an ordinary request', async (_name, text) => {
    const client = Peer.connect(lab.port('RAW')).send(text);
    const inner = await raw.next();
    expect(await inner.until('\r\n\r\n')).not.toMatch(/\r\nupgrade:/iu);
    inner.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until(/\r\n\r\nok$/u);
    client.socket.destroy();
  });

  it.each([
    ['its target is none', HANDSHAKE.replace('/chat//x', 'chat')],
    ['it has two Hosts', HANDSHAKE.replace('Host: door', 'Host: door\r\nHost: other')],
  ])('%s: 400', async (_name, text) => {
    expect(await Peer.exchange(lab.port('RAW'), text)).toMatch(/^HTTP\/1\.1 400 /u);
    expect(raw.peers).toEqual([]);
  });

  it.each(['WebSocket', 'h2c'])('before the last answer (%s) the connection is cut', async (protocol) => {
    http.handler = () => {};
    const text = `GET / HTTP/1.1\r\nHost: door\r\n\r\n${HANDSHAKE.replace('WebSocket', protocol)}`;
    const client = Peer.connect(lab.port('WS')).send(text);
    expect(await client.closed).toBe('reset');
    expect(client.text).toBe('');
    http.reset();
  });
});

describe('an upgrade that nobody speaks', () => {
  it('h2c gets an ordinary answer, and so does a POST', async () => {
    http.handler = (request, response) =>
      void bodyOf(request).then((body) => response.end(`${request.method} ${body}`));
    const url = `http://127.0.0.1:${lab.port('WS')}/`;
    const curl = async (...args: string[]): Promise<string> =>
      (await run('curl', ['-sS', '--http2', '-w', ' %{http_version}', ...args, url])).stdout;
    expect(await curl()).toBe('GET  1.1');
    expect(await curl('-d', 'some data')).toBe('POST some data 1.1');
    expect(http.requests.flatMap(({ rawHeaders }) => rawHeaders).join('\n')).not.toMatch(/h2c|http2-settings/iu);
    http.reset();
  });

  it('the connection goes on, with requests, bodies and another upgrade', async () => {
    http.handler = (request, response) => void bodyOf(request).then((body) => response.end(`<${request.url}${body}>`));
    const upgrade = 'Connection: Upgrade\r\nUpgrade: h2c\r\n';
    const client = Peer.connect(lab.port('WS')).send(
      `POST /1 HTTP/1.1\r\nHost: door\r\n${upgrade}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n` +
        `POST /2 HTTP/1.1\r\nHost: door\r\nContent-Length: 3\r\n\r\ndef`,
    );
    await client.until('</2def>');
    client.send(
      `GET /3 HTTP/1.1\r\nHost: door\r\n${upgrade}\r\nGET /4 HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n`,
    );
    await client.closed;
    expect(client.text.match(/<[^>]*>/gu)).toEqual(['</1abc>', '</2def>', '</3>', '</4>']);
    http.reset();
  });
});

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
