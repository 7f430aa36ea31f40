import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectSocket } from './direct-socket.js';

/** More than the kernel keeps for a connection. */
const BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 65_536;

let server: Server;
let client: Socket;
let accepted: Socket;

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  [accepted] = (await once(server, 'connection')) as [Socket];
});
afterEach(() => {
  server.close();
  client.destroy();
});

describe('DirectSocket', () => {
  it('hands what comes to the other side of the relay, once it is resumed, and then says the end', async () => {
    const direct = DirectSocket.insteadOf(accepted) as DirectSocket;
    const [relayed, far] = await pair();
    direct.relayTo(relayed);
    expect(direct.isPaused()).toBe(true);
    client.end('abcdef');
    direct.resume();
    const [heard] = (await once(far, 'data')) as [Buffer];
    if (!direct.readableEnded) await once(direct, 'end');
    expect([String(heard), direct.bytesRead]).toEqual(['abcdef', 6]);
    for (const socket of [direct, relayed, far]) socket.destroy();
  });

  it('counts what it was given by the other side of the relay as written', async () => {
    const direct = DirectSocket.insteadOf(accepted);
    const [upstream, far] = await connected();
    upstream.relayTo(direct);
    direct.write('ab');
    far.write('cdef');
    let heard = '';
    for await (const chunk of client) {
      heard += String(chunk);
      if (heard.length === 6) break;
    }
    expect([heard, direct.bytesWritten, upstream.bytesRead]).toEqual(['abcdef', 6, 4]);
    direct.destroy();
    expect(direct.bytesWritten).toBe(6);
    for (const socket of [upstream, far]) socket.destroy();
  });

  it('keeps what the other side does not take, and the order, though all of them read into one buffer', async () => {
    const relays = [await relay(1), await relay(2), await relay(3)];
    for (const { from, fill } of relays) from.end(Buffer.alloc(BYTES, fill));
    // none of the readers reads: each side's kernel fills up, and then the relay holds back
    for (const { middle } of relays) await until(() => middle.to.writableLength > 0);
    for (const { middle } of relays) expect(middle.to.writableLength).toBeLessThanOrEqual(CHUNK_BYTES);
    for (const { far, fill } of relays) {
      const heard = Buffer.concat((await far.toArray()) as Buffer[]);
      expect([heard.length, heard.equals(Buffer.alloc(BYTES, fill))]).toEqual([BYTES, true]);
    }
    for (const { close } of relays) close();
  });

  it('relays to a socket that is none of these, too', async () => {
    const direct = DirectSocket.insteadOf(accepted) as DirectSocket;
    const [relayed, far] = await pair();
    const [other, near] = await connected();
    other.relayTo(relayed);
    direct.relayTo(other);
    direct.resume();
    near.write('from there');
    const [heard] = (await once(far, 'data')) as [Buffer];
    expect(String(heard)).toBe('from there');
    for (const socket of [direct, relayed, far, other, near]) socket.destroy();
  });

  it('is of the same two ends, and writes', async () => {
    const { remotePort, localPort } = accepted;
    const direct = DirectSocket.insteadOf(accepted);
    expect([direct.remotePort, direct.localPort]).toEqual([remotePort, localPort]);
    direct.write('hello');
    const [heard] = (await once(client, 'data')) as [Buffer];
    expect(String(heard)).toBe('hello');
    direct.destroy();
  });

  it('may still write after the other end has ended, as the accepted one might', async () => {
    const direct = DirectSocket.insteadOf(accepted);
    expect(direct.allowHalfOpen).toBe(true);
    client.end();
    direct.resume();
    await once(direct, 'end');
    direct.end('late');
    const [heard] = (await once(client, 'data')) as [Buffer];
    expect(String(heard)).toBe('late');
  });

  it('can be reset', async () => {
    DirectSocket.insteadOf(accepted).resetAndDestroy();
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
  });

  it('is none of a socket that has gone, or has no such handle: that one stays as it is', () => {
    const none = new Socket();
    expect(DirectSocket.insteadOf(none)).toBe(none);
    accepted.destroy();
    expect(DirectSocket.insteadOf(accepted)).toBe(accepted);
  });
});

/** Both ends of another connection. */
async function pair(): Promise<[Socket, Socket]> {
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  return [near, far];
}

/** Another connection, its near end a direct one. */
async function connected(): Promise<[DirectSocket, Socket]> {
  const near = DirectSocket.connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  const [far] = (await once(server, 'connection')) as [Socket];
  return [near, far];
}

/** `from` through two direct sockets to `far`, which reads nothing yet. */
async function relay(fill: number) {
  const [from, source] = await connected();
  const [to, far] = await connected();
  const reading = DirectSocket.insteadOf(source) as DirectSocket;
  reading.relayTo(to);
  reading.on('end', () => to.end());
  reading.resume();
  const close = (): void => {
    for (const socket of [from, reading, to, far]) socket.destroy();
  };
  return { fill, from, far, middle: { reading, to }, close };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}
