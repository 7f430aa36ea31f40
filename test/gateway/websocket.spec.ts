import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { run } from '../lab/run.js';
import { GatewayLab } from './gateway-lab.js';
import { HttpUpstream } from './http-upstream.js';
import { Peer } from './peer.js';

const HANDSHAKE =
  'GET /chat HTTP/1.1\r\nHost: door\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

let lab: GatewayLab;
let upstream: HttpUpstream;
let server: WebSocketServer;
/** The upstream's ends of upgraded connections. */
const upgraded: Socket[] = [];
const everUpgraded: Socket[] = [];
let onUpgrade: (socket: Socket) => boolean;

beforeAll(async () => {
  upstream = await HttpUpstream.start();
  server = new WebSocketServer({ noServer: true, handleProtocols: () => 'second' });
  upstream.server.on('upgrade', (request, stream, head) => {
    const socket = stream as Socket;
    upgraded.push(socket);
    everUpgraded.push(socket);
    socket.on('error', () => {});
    if (!onUpgrade(socket)) return;
    server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => {});
      webSocket.on('message', (data, binary) => webSocket.send(data, { binary }));
      server.emit('connection', webSocket, request);
    });
  });
  lab = await GatewayLab.start({ doors: { HTTP: { upstream: upstream.url } } });
  await lab.grant('HTTP');
});
beforeEach(() => {
  upgraded.length = 0;
  onUpgrade = () => true;
  upstream.reset();
});
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  server.close();
  for (const each of everUpgraded) each.destroy(); // node:http does not count them among its own
  await upstream[Symbol.asyncDispose]();
});

const open = async (protocols: string[] = []): Promise<WebSocket> => {
  const socket = new WebSocket(`ws://127.0.0.1:${lab.port('HTTP')}/chat?room=1`, protocols);
  await once(socket, 'open');
  return socket;
};
const upstreamEnds = (): Promise<void> =>
  vi.waitFor(() => expect(upgraded.every((each) => each.destroyed || each.readableEnded)).toBe(true), {
    timeout: 10_000,
  });

describe('WebSocket', () => {
  it.each([
    ['text', 'hällo', false],
    ['binary', Buffer.from([0, 255, 1]), true],
    ['a large message', Buffer.alloc(5_000_000, 7), true],
  ])('passes %s both ways', async (_name, message, binary) => {
    const socket = await open();
    const echo = once(socket, 'message');
    socket.send(message);
    const [data, isBinary] = (await echo) as [Buffer, boolean];
    expect([data.equals(Buffer.from(message)), isBinary]).toEqual([true, binary]);
    socket.terminate();
    await upstreamEnds();
  });

  it('passes the subprotocol, the path, pings and pongs', async () => {
    const asked = once(server, 'connection');
    const socket = await open(['first', 'second']);
    const [, request] = (await asked) as [WebSocket, { url: string }];
    expect([socket.protocol, request.url]).toEqual(['second', '/chat?room=1']);
    const pong = once(socket, 'pong');
    socket.ping('are you there');
    expect(String(((await pong) as [Buffer])[0])).toBe('are you there');
    socket.close();
    await once(socket, 'close');
  });

  it('passes a close and its code, from either side', async () => {
    const asked = once(server, 'connection');
    const socket = await open();
    const [far] = (await asked) as [WebSocket];
    far.close(4001, 'that was all');
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([4001, 'that was all']);

    const again = once(server, 'connection');
    const second = await open();
    const [farSecond] = (await again) as [WebSocket];
    const farClosed = once(farSecond, 'close');
    second.close(4002);
    expect(((await farClosed) as [number])[0]).toBe(4002);
  });

  it('takes the upstream connection along when the client vanishes', async () => {
    const socket = await open();
    socket.terminate();
    await upstreamEnds();
    const peer = Peer.connect(lab.port('HTTP')).send(HANDSHAKE);
    await peer.until('101');
    peer.socket.resetAndDestroy();
    await upstreamEnds();
  });

  it('closes the client when the upstream dies', async () => {
    const socket = await open();
    socket.on('error', () => {});
    for (const each of upgraded) each.destroy();
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1006);
  });

  it("passes on the upstream's refusal whole", async () => {
    onUpgrade = (socket) => {
      socket.end('HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\nX-Why: no\r\n\r\n5\r\nnever\r\n0\r\n\r\n');
      return false;
    };
    const answer = await Peer.exchange(lab.port('HTTP'), HANDSHAKE);
    expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/u);
    expect(answer).toMatch(/X-Why: no/iu);
    expect(answer).toContain('never');
  });

  it('bears a client, and an upstream, that break off in the midst of the handshake', async () => {
    onUpgrade = (socket) => {
      socket.resetAndDestroy();
      return false;
    };
    expect(await Peer.exchange(lab.port('HTTP'), HANDSHAKE)).toMatch(/^HTTP\/1\.1 502 /u);
    const arrived = new Promise<void>((resolve) => {
      onUpgrade = (socket) => {
        socket.resume();
        resolve();
        return false;
      };
    });
    const peer = Peer.connect(lab.port('HTTP')).send(HANDSHAKE);
    await arrived;
    peer.socket.resetAndDestroy();
    await upstreamEnds();
  });

  it('ignores a wish for another protocol, as curl --http2 has: an ordinary answer', async () => {
    const url = `http://127.0.0.1:${lab.port('HTTP')}/`;
    const { code, stdout } = await run('curl', ['-sS', '--http2', '-i', '--max-time', '5', url]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*hello$/u);
  });
});
