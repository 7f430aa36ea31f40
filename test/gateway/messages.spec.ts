import { METHODS } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayLab } from './gateway-lab.js';
import { bodyOf, HttpUpstream } from './http-upstream.js';
import { Peer } from './peer.js';
import { RawUpstream } from './raw-upstream.js';

const REST = 'Host: door\r\nConnection: close\r\n\r\n';

let upstream: HttpUpstream;
let raw: RawUpstream;
let lab: GatewayLab;

beforeAll(async () => {
  upstream = await HttpUpstream.start();
  raw = await RawUpstream.start();
  lab = await GatewayLab.start({
    doors: { HTTP: { upstream: upstream.url }, RAW: { upstream: `http://127.0.0.1:${raw.port}` } },
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

const exchange = (text: string): Promise<string> => Peer.exchange(lab.port('HTTP'), text);

/** Sends a request, answers it at the upstream with these bytes, closes: what each of the two got. */
async function through(request: string, answer: string): Promise<{ readonly asked: string; readonly got: string }> {
  const client = Peer.connect(lab.port('RAW')).send(request);
  const inner = await raw.next();
  const asked = await inner.until('\r\n\r\n');
  inner.send(answer).socket.end();
  await client.closed;
  return { asked, got: client.text };
}

const get = (answer: string) => through(`GET / HTTP/1.1\r\n${REST}`, answer);
const headOf = (text: string): string => text.slice(0, text.indexOf('\r\n\r\n') + 4);
const afterHead = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);

describe('answers', () => {
  it('a Content-Length is kept as it is', async () => {
    const { got } = await get('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
    expect(got).toBe('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello');
  });

  it('chunked stays chunked, with the trailers', async () => {
    const { got } = await get(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n' +
        '3\r\nabc\r\n2;ext="x"\r\nde\r\n0\r\nX-Sum: 42\r\nKeep-Alive: no\r\n\r\n',
    );
    expect(headOf(got)).toContain('Trailer: X-Sum\r\n');
    expect(headOf(got)).toContain('Transfer-Encoding: chunked\r\n');
    expect(afterHead(got).replaceAll(/\r\n\w+\r\n(?=de)/gu, '')).toMatch(/^\w+\r\nabcde\r\n0\r\nX-Sum: 42\r\n\r\n$/u);
  });

  it('no trailer says how the body was framed, or what only a header may say', async () => {
    const { got } = await get(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '2\r\nab\r\n0\r\nContent-Length: 7\r\nTransfer-Encoding: x\r\nSet-Cookie: a\r\nX-Sum: 42\r\n\r\n',
    );
    expect(afterHead(got)).toMatch(/\r\n0\r\nX-Sum: 42\r\n\r\n$/u);
  });

  it('a 204 has no length, whatever the upstream says', async () => {
    const { got } = await get('HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nX: y\r\n\r\n');
    expect(got).toBe('HTTP/1.1 204 No Content\r\nX: y\r\nConnection: close\r\n\r\n');
  });

  it('one that ends with its connection arrives whole', async () => {
    const { got } = await get(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(100_000)}`);
    expect(got).toContain('Transfer-Encoding: chunked\r\n');
    expect(afterHead(got).replaceAll(/[^x]/gu, '')).toBe('x'.repeat(100_000));
    expect(got).toMatch(/\r\n0\r\n\r\n$/u);
  });

  it('to a HEAD: the length of the body, and none of it; the connection goes on', async () => {
    upstream.handler = (request, response) =>
      response.writeHead(200, request.url === '/long' ? { 'content-length': 1234 } : {}).end();
    const peer = Peer.connect(lab.port('HTTP')).send('HEAD /long HTTP/1.1\r\nHost: door\r\n\r\n');
    expect(headOf(await peer.until('\r\n\r\n'))).toContain('content-length: 1234\r\n');
    peer.send('HEAD /unknown HTTP/1.1\r\nHost: door\r\n\r\n').send(`GET / HTTP/1.1\r\n${REST}`);
    await peer.closed;
    expect(peer.text.match(/HTTP\/1\.1 200 OK/gu)).toHaveLength(3);
  });

  it.each([
    ['204 No Content', ''],
    ['304 Not Modified', 'ETag: "x"\r\n'],
    ['304 Not Modified', 'Content-Length: 5\r\nETag: "x"\r\n'],
  ])('%s with %j has no body, and the connection goes on', async (status, fields) => {
    const { got } = await get(`HTTP/1.1 ${status}\r\n${fields}\r\n`);
    expect(got).toBe(`HTTP/1.1 ${status}\r\n${fields}Connection: close\r\n\r\n`);
    upstream.handler = (_request, response) => response.writeHead(Number.parseInt(status, 10)).end();
    const both = await exchange(`GET / HTTP/1.1\r\nHost: door\r\n\r\nGET / HTTP/1.1\r\n${REST}`);
    expect(both.match(new RegExp(status, 'gu'))).toHaveLength(2);
  });

  it('case, order and repeated fields are kept, and so are the bytes of latin1', async () => {
    const fields =
      'sEt-CooKie: a=1\r\nX-Caf\xe9: no\r\nSet-Cookie: b=2\r\nx-LATIN: \xe4\xf6\xfc\xdf\r\nSet-Cookie: a=3\r\n';
    const legal = fields.replace('X-Caf\xe9: no\r\n', '');
    const { got } = await get(`HTTP/1.1 200 Alles in B\xe4lde\r\n${legal}Content-Length: 0\r\n\r\n`);
    expect(got).toBe(`HTTP/1.1 200 Alles in B\xe4lde\r\n${legal}Content-Length: 0\r\nConnection: close\r\n\r\n`);
  });

  it('events of a stream arrive one by one, each at once', async () => {
    const peer = Peer.connect(lab.port('HTTP'));
    upstream.handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    };
    peer.send('GET / HTTP/1.1\r\nHost: door\r\n\r\n');
    await peer.until('text/event-stream'); // before there is any event
    for (const event of ['data: one\n\n', 'data: two\n\n', 'data: three\n\n']) {
      upstream.responses[0]!.write(event);
      await peer.until(event); // before the next one is sent
    }
    upstream.responses[0]!.end();
    await peer.until('\r\n0\r\n\r\n');
    peer.socket.destroy();
    expect(upstream.requests).toHaveLength(1);
  });

  it('an HTTP/1.0 client gets no chunks, and the end of the connection as the end of the body', async () => {
    upstream.handler = (_request, response) => {
      response.write('first ');
      response.end('last');
    };
    const got = await exchange('GET / HTTP/1.0\r\n\r\n');
    expect(headOf(got)).not.toMatch(/transfer-encoding/iu);
    expect(afterHead(got)).toBe('first last');
  });

  it('an HTTP/1.0 client may keep its connection', async () => {
    upstream.handler = (_request, response) => response.writeHead(200, { 'content-length': 2 }).end('ok');
    const ask = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
    const peer = Peer.connect(lab.port('HTTP')).send(ask);
    expect(await peer.until(/ok$/u)).toContain('Connection: keep-alive\r\n');
    await peer.forget().send(ask).until(/ok$/u);
    peer.socket.destroy();
  });
});

describe('requests', () => {
  it('case, order and repeated fields are kept, and so are the bytes of latin1', async () => {
    const fields =
      'uSer-Agent: x\r\nHost: door\r\nX-Two: 1\r\nx-LATIN: \xe4\xf6\xfc\r\naccept-Version: 9\r\nCookie: a=b\r\n';
    const { asked } = await through(
      `GET / HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`,
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    );
    expect(asked).toMatch(new RegExp(`^GET / HTTP/1\\.1\r\n${fields}X-Forwarded-For: `, 'u'));
  });

  it('every line of a repeated field arrives, at its place', async () => {
    const { asked } = await through(
      `GET / HTTP/1.1\r\nX-A: 1\r\nAuthorization: one\r\nx-a: 2\r\nauthorization: two\r\n${REST}`,
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    );
    expect(asked).toContain('X-A: 1\r\nAuthorization: one\r\nx-a: 2\r\nauthorization: two\r\n');
  });

  it('one of HTTP/1.0 that names no host goes on with that of the upstream', async () => {
    await exchange('GET / HTTP/1.0\r\n\r\n');
    expect(upstream.requests[0]!.headers.host).toBe(new URL(upstream.url).host);
    expect(upstream.requests[0]!.headers['x-forwarded-host']).toBeUndefined();
  });

  it.each(['DELETE', 'OPTIONS', 'GET', 'POST', 'PUT', 'PATCH', 'REPORT'])(
    'a %s arrives with its body, counted or chunked, and what follows it is a request of its own',
    async (method) => {
      const bodies: string[] = [];
      upstream.handler = (request, response) => {
        const coding = request.headers['transfer-encoding'] ?? '';
        void bodyOf(request).then((body) => response.end(String(bodies.push(`${request.method} ${coding}${body}`))));
      };
      await exchange(
        `${method} / HTTP/1.1\r\nHost: door\r\nContent-Length: 24\r\n\r\nGET /smuggled HTTP/1.1\r\n` +
          `${method} / HTTP/1.1\r\nHost: door\r\nTransfer-Encoding: chunked\r\n\r\n18\r\nGET /smuggled HTTP/1.1\r\n\r\n0\r\n\r\n` +
          `GET / HTTP/1.1\r\n${REST}`,
      );
      expect(bodies).toEqual([
        `${method} GET /smuggled HTTP/1.1\r\n`,
        `${method} chunkedGET /smuggled HTTP/1.1\r\n`,
        'GET ',
      ]);
    },
  );

  it('a Content-Length goes on as it is, also 0, and a request without a body gets none', async () => {
    const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
    const empty = await through(`POST / HTTP/1.1\r\nContent-Length: 0\r\n${REST}`, ok);
    expect(empty.asked).toContain('Content-Length: 0\r\n');
    for (const method of ['POST', 'DELETE', 'OPTIONS', 'GET']) {
      raw.reset();
      const { asked } = await through(`${method} / HTTP/1.1\r\n${REST}`, ok);
      expect(asked).not.toMatch(/content-length|transfer-encoding/iu);
    }
  });

  it('trailers arrive, except those that must not come after a body', async () => {
    upstream.handler = (request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify(request.rawTrailers)));
    };
    const got = await exchange(
      'POST / HTTP/1.1\r\nHost: door\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n' +
        '1\r\na\r\n0\r\nX-Sum: 1\r\nX-Forwarded-For: 10.0.0.1\r\nHost: evil\r\nX_Real_IP: 10.0.0.1\r\n\r\n',
    );
    expect(afterHead(got)).toContain('["X-Sum","1"]');
    expect(upstream.requests[0]!.headers.te).toBe('trailers');
  });

  it('every method that Node knows arrives as it is', async () => {
    const methods = METHODS.filter((method) => method !== 'CONNECT' && method !== 'HEAD');
    upstream.handler = (request, response) => response.end(`did ${request.method}`);
    const peer = Peer.connect(lab.port('HTTP'));
    for (const method of methods) await peer.send(`${method} / HTTP/1.1\r\nHost: door\r\n\r\n`).until(`did ${method}`);
    peer.socket.destroy();
    expect(methods).toEqual(expect.arrayContaining(['PROPFIND', 'PURGE', 'REPORT', 'M-SEARCH']));
  });

  it.each([
    ['an unknown method', `BREW / HTTP/1.1\r\n${REST}`],
    ['CONNECT', 'CONNECT door:80 HTTP/1.1\r\nHost: door\r\n\r\n'],
  ])('%s reaches nobody', async (_name, text) => {
    expect(await exchange(text)).toMatch(/^(?:HTTP\/1\.1 400 Bad Request\r\n[^]*)?$/u);
    expect(upstream.connections).toBe(0);
  });

  it('a header of 30 KB and a thousand fields passes; beyond 32 KB there is a 431', async () => {
    const many = Array.from({ length: 2500 }, (_, i) => `X-${i}: y\r\n`).join('');
    await exchange(`GET / HTTP/1.1\r\n${many}Last: z\r\n${REST}`);
    expect(upstream.requests[0]!.headers['last']).toBe('z');
    expect(await exchange(`GET / HTTP/1.1\r\nX-Big: ${'x'.repeat(30_000)}\r\n${REST}`)).toContain('200 OK');
    const count = upstream.requests.length;
    expect(await exchange(`GET / HTTP/1.1\r\nX-Big: ${'x'.repeat(300_000)}\r\n${REST}`)).toMatch(
      /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/u,
    );
    expect(upstream.requests).toHaveLength(count);
  });
});

describe('pipelined requests', () => {
  it('are answered in their order', async () => {
    upstream.handler = (request, response) => {
      const answer = (): unknown => response.end(`<${request.url}>`);
      if (request.url === '/1') setTimeout(answer, 50);
      else answer();
    };
    const all = [1, 2, 3, 4, 5].map((i) => `GET /${i} HTTP/1.1\r\nHost: door\r\n\r\n`).join('');
    const got = await exchange(`${all}GET /last HTTP/1.1\r\n${REST}`);
    expect(got.match(/<[^>]*>/gu)).toEqual(['</1>', '</2>', '</3>', '</4>', '</5>', '</last>']);
  });

  it('reach the upstream one after the other', async () => {
    upstream.handler = () => {};
    const peer = Peer.connect(lab.port('HTTP')).send(
      'POST /1 HTTP/1.1\r\nHost: door\r\nContent-Length: 1\r\n\r\naGET /2 HTTP/1.1\r\nHost: door\r\n\r\n',
    );
    await upstream.request();
    await exchange('GET /fence HTTP/1.0\r\nConnection: close\r\n\r\n'.replace('GET', 'BREW')); // refused at the gateway
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/1']);
    upstream.responses[0]!.end('one');
    expect((await upstream.request(2)).url).toBe('/2');
    upstream.responses[1]!.end('two');
    await peer.until('two');
    peer.socket.destroy();
  });

  it('are bounded: who sends hundreds while the first waits is cut off', async () => {
    upstream.handler = () => {};
    const peer = Peer.connect(lab.port('HTTP')).send('GET / HTTP/1.1\r\nHost: door\r\n\r\n'.repeat(500));
    expect(await peer.closed).toBe('reset');
    await upstream.idle();
    expect(upstream.requests.length).toBeLessThanOrEqual(1);
  });
});

describe('Expect: 100-continue', () => {
  const upload =
    'PUT / HTTP/1.1\r\nHost: door\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n';

  it('100 comes only when the upstream says so, and the body only then', async () => {
    const client = Peer.connect(lab.port('RAW')).send(upload);
    const inner = await raw.next();
    expect(await inner.until('\r\n\r\n')).toMatch(/\r\nExpect: 100-continue\r\n/u);
    expect(client.text).toBe('');
    inner.send('HTTP/1.1 100 Continue\r\n\r\n');
    await client.until('HTTP/1.1 100 Continue\r\n\r\n');
    client.send('body');
    expect(afterHead(await inner.until('body'))).toBe('body');
    inner.send('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n').socket.end();
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 Created\r\n/u);
  });

  it.each(['417 Expectation Failed', '413 Payload Too Large'])('%s is passed on without a 100', async (status) => {
    const { asked, got } = await through(upload, `HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
    expect(afterHead(asked)).toBe('');
    expect(got).toMatch(new RegExp(`^HTTP/1\\.1 ${status}\r\n`, 'u'));
    expect(got).toContain('Connection: close\r\n');
  });

  it('a client that does not wait is served too', async () => {
    upstream.handler = (request, response) => void bodyOf(request).then((body) => response.end(`got ${body}`));
    expect(await exchange(`${upload}body`)).toContain('got body');
  });

  it('an HTTP/1.0 client gets no 100', async () => {
    upstream.handler = (request, response) => void bodyOf(request).then((body) => response.end(`got ${body}`));
    const got = await exchange('PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody');
    expect(got).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*got body$/u);
    expect(upstream.requests[0]!.headers.expect).toBeUndefined();
  });

  it('another expectation is for the upstream to judge', async () => {
    const { asked, got } = await through(
      `GET / HTTP/1.1\r\nExpect: tea\r\n${REST}`,
      'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n',
    );
    expect(asked).toContain('Expect: tea\r\n');
    expect(got).toMatch(/^HTTP\/1\.1 417 /u);
  });
});
