import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestListener } from 'node:http';
import { GatewayLab } from './gateway-lab.js';
import { HttpUpstream } from './http-upstream.js';
import { Peer } from './peer.js';
import { RawUpstream } from './raw-upstream.js';

const GET = 'GET / HTTP/1.1\r\nHost: door\r\n\r\n';
const GUEST = '127.0.0.2';
const SHORT_MS = 400;

let upstream: HttpUpstream;
let echo: RawUpstream;
let lab: GatewayLab;

beforeAll(async () => {
  upstream = await HttpUpstream.start();
  echo = await RawUpstream.start();
  echo.server.on('connection', (socket) => socket.pipe(socket));
  const http = { upstream: upstream.url };
  const tcp = { upstream: `tcp://127.0.0.1:${echo.port}`, mode: 'tcp' };
  lab = await GatewayLab.start({
    doors: {
      CUT: http,
      DRAIN: { ...http, on_expiry: 'drain' },
      OTHER: http,
      TCP: tcp,
      'TCP-DRAIN': { ...tcp, on_expiry: 'drain' },
    },
  });
  await lab.grant('CUT');
  await lab.grant('OTHER', GUEST);
});
beforeEach(() => {
  upstream.reset();
  echo.reset();
});
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await echo[Symbol.asyncDispose]();
});

const connect = (door: string, from = GUEST): Peer => Peer.connect(lab.port(door), { from });

/** Answers without end, as fast as it is read. */
const flood: RequestListener = (_request, response) => {
  const more = (): void => {
    while (!response.destroyed && response.write('begin'.repeat(10_000)));
  };
  response.on('drain', more);
  more();
};

const UNREAD = 'a download that its client does not read';

/** Each opens a connection at the door and brings it into the state that its name says. */
const states: Record<string, (door: string) => Promise<Peer>> = {
  'an idle keep-alive connection': async (door) => {
    const peer = connect(door).send(GET);
    await peer.until('hello');
    return peer;
  },
  'a connection that has sent nothing': async (door) => {
    const after = lab.gateway.program.lineCount;
    const peer = connect(door);
    await lab.logged({ event: 'connection', door, ip: GUEST }, after);
    return peer;
  },
  'a request that waits for its answer': async (door) => {
    upstream.handler = () => {};
    const peer = connect(door).send(GET);
    await upstream.request();
    return peer;
  },
  'a download with a length': async (door) => {
    upstream.handler = (_request, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('begin');
    };
    const peer = connect(door).send(GET);
    await peer.until('begin');
    return peer;
  },
  'a chunked download': async (door) => {
    upstream.handler = (_request, response) => void response.write('begin');
    const peer = connect(door).send(GET);
    await peer.until('begin');
    return peer;
  },
  [UNREAD]: async (door) => {
    upstream.handler = flood;
    const peer = connect(door).send(GET);
    await peer.until('begin');
    peer.socket.pause();
    return peer;
  },
  'an upload': async (door) => {
    const arrived = new Promise<void>((resolve) => {
      upstream.handler = (request) => void request.on('data', () => resolve());
    });
    const peer = connect(door).send('POST / HTTP/1.1\r\nHost: door\r\nContent-Length: 100\r\n\r\nsome of it');
    await arrived;
    return peer;
  },
  'an event stream': async (door) => {
    upstream.handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: one\n\n');
    };
    const peer = connect(door).send(GET);
    await peer.until('data: one');
    return peer;
  },
  'a WebSocket': async (door) => {
    upstream.server.once('upgrade', (_request, socket) => {
      upstream.busyUntilClosed(socket);
      socket.resume().on('end', () => socket.end()); // an HTTP server's sockets stay half-open otherwise
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    });
    const peer = connect(door).send(
      'GET / HTTP/1.1\r\nHost: door\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    await peer.until('101 Switching');
    return peer;
  },
};

const ways: Record<string, (door: string) => Promise<Peer[]>> = {
  'when its key is deleted with redis-cli': async (door) => {
    await lab.grant(door, GUEST);
    const peers = await openAll(door);
    await lab.revoke(door, GUEST);
    return peers;
  },
  'when its TTL runs out': async (door) => {
    await lab.grant(door, GUEST);
    const peers = await openAll(door);
    await lab.redis.cli('PEXPIRE', `knockgate:{${door}}:grant:${GUEST}`, String(SHORT_MS));
    return peers;
  },
  'with FLUSHALL': async (door) => {
    await lab.grant(door, GUEST);
    const peers = await openAll(door);
    await lab.redis.cli('FLUSHALL');
    await lab.grant('CUT');
    await lab.grant('OTHER', GUEST);
    return peers;
  },
};

async function openAll(door: string): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const open of Object.values(states)) {
    peers.push(await open(door));
    upstream.requests.length = 0;
  }
  return peers;
}

describe("a grant's end cuts", () => {
  it.each(Object.keys(ways))('everything that is open %s', async (way) => {
    const peers = await ways[way]!('CUT');
    await upstream.idle(); // also of the client that does not read, and so cannot know yet
    const ends = await Promise.all(peers.map((peer) => peer.resume().closed));
    const told = Object.keys(states).map((state, i) => ({ state, end: ends[i] }));
    // behind data that waits to be read, libuv makes an end of file of a RST
    expect(told.filter(({ state, end }) => end !== 'reset' && state !== UNREAD)).toEqual([]);
    expect(await connect('CUT').send(GET).closed).toBe('reset');
    for (const peer of peers) expect(peer.text).not.toContain('\r\n0\r\n\r\n'); // no answer looks whole
  });

  it('neither other IPs nor the same IP at another door', async () => {
    await lab.grant('CUT', GUEST);
    const other = connect('CUT', '127.0.0.1').send(GET);
    const elsewhere = connect('OTHER').send(GET);
    const guest = connect('CUT').send(GET);
    for (const peer of [other, elsewhere, guest]) await peer.until('hello');
    await lab.revoke('CUT', GUEST);
    expect(await guest.closed).toBe('reset');
    for (const peer of [other, elsewhere]) {
      await peer.forget().send(GET).until('hello');
      peer.socket.destroy();
    }
  });

  it('a kept-alive connection before its next request reaches anybody', async () => {
    await lab.grant('CUT', GUEST);
    const peer = connect('CUT').send(GET);
    await peer.until('hello');
    peer.forget();
    upstream.requests.length = 0;
    const after = lab.gateway.program.lineCount;
    await lab.revoke('CUT', GUEST);
    await lab.logged({ event: 'revoked', door: 'CUT', ip: GUEST }, after); // redis-cli may return before the gateway hears
    peer.send(GET);
    await peer.closed;
    expect(peer.text).toBe('');
    expect(upstream.requests).toEqual([]);
  });

  it('no connection whose grant was extended in time', async () => {
    await lab.grant('CUT', GUEST, SHORT_MS);
    const peer = connect('CUT').send(GET);
    await peer.until('hello');
    await lab.redis.cli('PEXPIRE', `knockgate:{CUT}:grant:${GUEST}`, '60000');
    const after = lab.gateway.program.lineCount;
    await lab.grant('OTHER', '127.0.0.4', SHORT_MS * 2); // ends after the first deadline
    await lab.logged({ event: 'expired', ip: '127.0.0.4' }, after);
    expect(await peer.forget().send(GET).until('hello')).toContain('200 OK');
    await lab.revoke('CUT', GUEST);
    await peer.closed;
  });

  it('hundreds of busy connections at once, without harm to the process', async () => {
    await lab.grant('CUT', GUEST);
    const peers = await Promise.all(Array.from({ length: 100 }, () => states[UNREAD]!('CUT')));
    for (const peer of peers) peer.socket.on('data', () => peer.forget());
    for (const peer of peers) peer.resume();
    await lab.revoke('CUT', GUEST);
    await Promise.all(peers.map((peer) => peer.closed));
    await upstream.idle();
    expect(await connect('CUT').send(GET).closed).toBe('reset');
    lab.expectUnharmed();
  });
});

const expire = async (door: string): Promise<void> => {
  const after = lab.gateway.program.lineCount;
  await lab.redis.cli('PEXPIRE', `knockgate:{${door}}:grant:${GUEST}`, String(SHORT_MS));
  await lab.logged({ event: 'expired', door, ip: GUEST }, after);
};

describe('on_expiry: drain', () => {
  it('lets a download under way arrive whole, closes it then, and an idle connection at once', async () => {
    await lab.grant('DRAIN', GUEST);
    const idle = connect('DRAIN').send(GET);
    await idle.until('hello');
    upstream.handler = (_request, response) => {
      response.writeHead(200, { 'content-length': 100_005 }).write('begin');
    };
    const download = connect('DRAIN').send(GET);
    await download.until('begin');

    await expire('DRAIN');
    expect(await idle.closed).toBe('end');
    upstream.responses.at(-1)!.end('x'.repeat(100_000));
    expect(await download.closed).toBe('end');
    expect(download.text).toMatch(/\r\n\r\nbeginx{100000}$/u);
    expect(await connect('DRAIN').send(GET).closed).toBe('reset');
  });

  it('lets an upload under way end, and its answer arrive', async () => {
    await lab.grant('DRAIN', GUEST);
    let body = '';
    const begun = new Promise<void>((resolve) => {
      upstream.handler = (request, response) => {
        request.on('data', (chunk: Buffer) => {
          body += chunk.toString();
          resolve();
        });
        request.on('end', () => response.end('stored'));
      };
    });
    const upload = connect('DRAIN').send('PUT / HTTP/1.1\r\nHost: door\r\nContent-Length: 10\r\n\r\nfirst');
    await begun;
    await expire('DRAIN');
    upload.send('rest!');
    expect(await upload.closed).toBe('end');
    expect(upload.text).toContain('stored');
    expect(body).toBe('firstrest!');
  });

  it('starts nothing new on a connection that drains, and still delivers what was under way', async () => {
    await lab.grant('DRAIN', GUEST);
    upstream.handler = (_request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('begin');
    };
    const peer = connect('DRAIN').send(GET);
    await peer.until('begin');
    await expire('DRAIN');
    peer.send(GET.replace('/', '/next'));
    await connect('OTHER').send(GET.replace('/', '/fence')).until('begin'); // by now the gateway has read it
    upstream.responses[0]!.end('whole');
    await peer.closed;
    expect(peer.text).toMatch(/beginwhole$/u);
    expect(upstream.requests.map(({ url }) => url)).not.toContain('/next');
  });

  it('a revocation cuts all the same', async () => {
    await lab.grant('DRAIN', GUEST);
    const peer = await states['a download with a length']!('DRAIN');
    await lab.revoke('DRAIN', GUEST);
    expect(await peer.closed).toBe('reset');
  });

  it('at a TCP door lets the connection live on, and no other begin', async () => {
    await lab.grant('TCP-DRAIN', GUEST);
    const peer = connect('TCP-DRAIN').send('one');
    await peer.until('one');
    await expire('TCP-DRAIN');
    await peer.send('two').until('onetwo');
    expect(await connect('TCP-DRAIN').closed).toBe('reset');
    peer.socket.end();
    expect(await peer.closed).toBe('end');
  });
});

describe('at a TCP door, the end of a grant cuts', () => {
  it.each(['when its key is deleted', 'when its TTL runs out'])(
    'the connection %s, and the upstream hears of it',
    async (way) => {
      await lab.grant('TCP', GUEST);
      echo.reset();
      const peer = connect('TCP').send('one');
      await peer.until('one');
      if (way === 'when its key is deleted') await lab.revoke('TCP', GUEST);
      else await lab.redis.cli('PEXPIRE', `knockgate:{TCP}:grant:${GUEST}`, String(SHORT_MS));
      expect(await peer.closed).toBe('reset');
      const inner = await echo.next();
      await inner.closed;
    },
  );
});
