import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Connect, type Exchanging, UpstreamConnection } from './upstream-connection.js';
import { UpstreamPool } from './upstream-pool.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const PREAMBLE = 'PROXY TCP4 203.0.113.7 127.0.0.1 4321 80\r\n';

let upstream: Server;
let pool: UpstreamPool;
/** What came on each connection. */
let heard: string[];
let sockets: Socket[];

beforeEach(async () => {
  heard = [];
  sockets = [];
  upstream = createServer((socket) => {
    const at = heard.push('') - 1;
    sockets.push(socket);
    socket
      .on('error', () => {})
      .on('data', (bytes) => {
        heard[at] += bytes.toString('latin1');
        if (heard[at]!.endsWith('\r\n\r\n')) socket.write(ANSWER);
      });
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const open: Connect = (onread) => {
    const socket = connect({ host: '127.0.0.1', port, onread });
    socket.write(PREAMBLE);
    return socket;
  };
  pool = new UpstreamPool(open);
});
afterEach(() => {
  pool.close();
  for (const socket of sockets) socket.destroy();
  upstream.close();
});

/** Asks on this connection, and waits for the whole answer. */
function ask(connection: UpstreamConnection): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    const exchange: Exchanging = {
      waitsForClient: false,
      interim: () => {},
      head: () => {},
      data: (data) => (body += data.toString('latin1')),
      end: () => resolve(body),
      failed: reject,
      drained: () => {},
      flush: () => true,
    };
    connection.begin(exchange, 'GET', 10_000);
    connection.write(REQUEST);
  });
}

it('opens connections as it is told to, and uses them again, the latest first', async () => {
  const [one, two] = [pool.take(), pool.take()];
  expect([await ask(one), await ask(two)]).toEqual(['ok', 'ok']);
  pool.giveBack(one);
  pool.giveBack(two);
  expect(pool.take()).toBe(two);
  expect(await ask(two)).toBe('ok');
  expect(pool.take()).toBe(one);
  expect(heard.toSorted()).toEqual([PREAMBLE + REQUEST, PREAMBLE + REQUEST + REQUEST]);
});

it('hands out none that the upstream has closed, has spoken on unasked, or is about to close', async () => {
  const used = async (keepAliveMs?: number): Promise<UpstreamConnection> => {
    const connection = pool.open();
    await ask(connection);
    pool.giveBack(connection, keepAliveMs);
    return connection;
  };
  const closing = await used(1000);
  expect(pool.take()).not.toBe(closing);
  for (const spoil of [(socket: Socket) => socket.end(), (socket: Socket) => socket.write(ANSWER)]) {
    const spoilt = await used();
    const socket = sockets.at(-1)!;
    spoil(socket);
    await once(socket, 'close'); // ours has ended it
    expect(pool.take()).not.toBe(spoilt);
  }
});

it('ends all of them at its end, those under way too', async () => {
  const under = pool.take();
  await ask(under);
  const ended = once(sockets[0]!, 'close');
  pool.close();
  expect(under.isUsable).toBe(false);
  await ended;
});
