import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectSocket } from './direct-socket.js';

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
    direct.reader.between(direct, relayed);
    expect(direct.isPaused()).toBe(true);
    client.end('abcdef');
    direct.resume();
    const [heard] = (await once(far, 'data')) as [Buffer];
    if (!direct.readableEnded) await once(direct, 'end');
    expect([String(heard), direct.bytesRead]).toEqual(['abcdef', 6]);
    for (const socket of [direct, relayed, far]) socket.destroy();
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
