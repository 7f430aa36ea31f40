import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../lab/free-port.js';
import { GatewayLab } from './gateway-lab.js';
import { Peer } from './peer.js';
import { RawUpstream } from './raw-upstream.js';

const GUEST = '127.0.0.5';
const CROWD = '127.0.0.6';
const MANY = 2000;
const BYTES = 24_000_000;
const SIDES = [
  ['peer', 'far'],
  ['far', 'peer'],
] as const;

let lab: GatewayLab;
let upstream: RawUpstream;
beforeAll(async () => {
  upstream = await RawUpstream.start(true);
  const url = `tcp://127.0.0.1:${upstream.port}`;
  lab = await GatewayLab.start({
    doors: {
      TCP: { upstream: url },
      HASTY: { upstream: url, upstream_timeout: '400ms' },
      NOBODY: { upstream: `tcp://127.0.0.1:${await freePort()}` },
    },
    config: { limits: { connections_per_ip: MANY } },
  });
  for (const door of ['TCP', 'HASTY']) await lab.grantUnseen(door, GUEST, 3_600_000);
  await lab.grantUnseen('TCP', CROWD, 3_600_000);
  await lab.grant('NOBODY', GUEST); // the gateway hears of grants in order: by now the others are known too
});
beforeEach(() => upstream.reset());
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

async function pair(door = 'TCP'): Promise<{ readonly peer: Peer; readonly far: Peer }> {
  const peer = Peer.connect(lab.port(door), { from: GUEST, allowHalfOpen: true }).send('hello');
  const far = await upstream.next();
  await far.until('hello');
  far.send('welcome');
  await peer.until('welcome');
  return { peer, far };
}

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The hash of all that comes until the other side's end; nothing is read before it is asked for. */
function reading(socket: Socket): () => Promise<string> {
  socket.removeAllListeners('data').pause();
  return async () => {
    const sum = createHash('sha256');
    socket.on('data', (chunk) => sum.update(chunk)).resume();
    await once(socket, 'end');
    return sum.digest('hex');
  };
}

/** In pieces of many sizes, most of them small, without waiting for anybody. */
function writeAll(socket: Socket, bytes: Buffer): void {
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7 + 13) % 150_000) {
    socket.write(bytes.subarray(at, at + size));
  }
  socket.end();
}

/** Who has read the other side's end learns of its reset by writing only. */
async function untilReset({ socket, closed }: Peer): Promise<'end' | 'reset'> {
  const writing = setInterval(() => socket.write('x'), 5);
  return closed.finally(() => clearInterval(writing));
}

describe('a relayed connection', () => {
  it('carries both ways at once what neither side reads yet, to the byte', async () => {
    const { peer, far } = await pair();
    const [up, down] = [randomBytes(BYTES), randomBytes(BYTES)];
    const [atFar, atPeer] = [reading(far.socket), reading(peer.socket)];
    writeAll(peer.socket, up);
    writeAll(far.socket, down);
    expect(peer.socket.writableLength).toBeGreaterThan(0);
    // one after the other: neither direction waits for the other one
    expect(await atFar()).toBe(hash(up));
    expect(await atPeer()).toBe(hash(down));
    expect([await peer.closed, await far.closed]).toEqual(['end', 'end']);
  });

  it('delivers the rest to an upstream that has sent its end, though the client has left meanwhile', async () => {
    const { peer, far } = await pair();
    const bytes = randomBytes(BYTES);
    const atFar = reading(far.socket);
    far.socket.end();
    await peer.ended;
    writeAll(peer.socket, bytes);
    expect(await atFar()).toBe(hash(bytes));
    expect(await peer.closed).toBe('end');
  });

  it('passes a reset on, either way, also behind an end', async () => {
    for (const halfClosed of [false, true]) {
      for (const [one, other] of SIDES) {
        const ends = await pair();
        if (halfClosed) {
          ends[other].socket.end();
          await ends[one].ended;
        }
        ends[one].socket.resetAndDestroy();
        expect(await ends[other].closed, `${one}, ${halfClosed}`).toBe('reset');
      }
    }
  });

  it('breaks off a download that the upstream breaks off', async () => {
    const { peer, far } = await pair();
    far.send('x'.repeat(1_000_000));
    await peer.until('xx');
    far.socket.resetAndDestroy();
    expect(await peer.closed).toBe('reset');
  });

  it('passes on a reset right behind the last bytes, either way: what broke off does not look whole', async () => {
    for (let i = 0; i < 20; i += 1) {
      for (const [one, other] of SIDES) {
        const ends = await pair();
        const { socket } = ends[one];
        socket.write('x'.repeat(1000), () => socket.resetAndDestroy());
        expect(await ends[other].closed, `${one} resets`).toBe('reset');
      }
    }
  });

  it('may be silent while both sides may speak; once one has ended, for no longer than upstream_timeout', async () => {
    const open = await pair('HASTY');
    const ended = await pair('HASTY');
    const endedByFar = await pair('HASTY');
    ended.peer.socket.end();
    endedByFar.far.socket.end();
    expect([await ended.peer.closed, await endedByFar.far.closed]).toEqual(['reset', 'reset']);
    expect([await untilReset(ended.far), await untilReset(endedByFar.peer)]).toEqual(['reset', 'reset']);
    open.far.send('still here');
    await open.peer.until('still here');
    open.peer.socket.destroy();
  });

  it(`is one of ${MANY} at once; all of them end with the grant`, { timeout: 120_000 }, async () => {
    upstream.server.on('connection', (socket) => socket.pipe(socket));
    const peers = Array.from({ length: MANY }, (_, i) => {
      return Peer.connect(lab.port('TCP'), { from: CROWD }).send(`number ${i}.`);
    });
    for (const [i, peer] of peers.entries()) expect(await peer.until('.')).toBe(`number ${i}.`);
    await lab.revoke('TCP', CROWD);
    expect(new Set(await Promise.all(peers.map(({ closed }) => closed)))).toEqual(new Set(['reset']));
    const fars = upstream.peers.slice();
    expect(fars).toHaveLength(MANY);
    for (const far of fars) await far.closed;
  });
});
