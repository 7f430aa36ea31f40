import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type OnReadOpts, type Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { directSocket } from './direct-socket.js';

let server: Server;
let client: Socket;
let accepted: Socket;
const said: string[] = [];
const onread: OnReadOpts = {
  buffer: Buffer.alloc(4),
  callback: (length, bytes) => said.push(Buffer.from(bytes.subarray(0, length)).toString()) > 0,
};

beforeEach(async () => {
  said.length = 0;
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

describe('directSocket', () => {
  it('hands what comes to the callback, piece by piece, once it is resumed, and then says the end', async () => {
    const direct = directSocket(accepted, onread)!;
    expect(direct.isPaused()).toBe(true);
    client.end('abcdef');
    direct.resume();
    await once(direct, 'end');
    expect([said, direct.bytesRead]).toEqual([['abcd', 'ef'], 6]);
    direct.destroy();
  });

  it('is of the same two ends, and writes', async () => {
    const { remotePort, localPort } = accepted;
    const direct = directSocket(accepted, onread)!;
    expect([direct.remotePort, direct.localPort]).toEqual([remotePort, localPort]);
    direct.write('hello');
    const [heard] = (await once(client, 'data')) as [Buffer];
    expect(String(heard)).toBe('hello');
    direct.destroy();
  });

  it('may still write after the other end has ended, as the accepted one might', async () => {
    const direct = directSocket(accepted, onread)!;
    expect(direct.allowHalfOpen).toBe(true);
    client.end();
    direct.resume();
    await once(direct, 'end');
    direct.end('late');
    const [heard] = (await once(client, 'data')) as [Buffer];
    expect(String(heard)).toBe('late');
  });

  it('can be reset', async () => {
    const direct = directSocket(accepted, onread)!;
    direct.resetAndDestroy();
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
  });

  it('is none of a socket that has gone, or has no such handle: that one stays as it is', () => {
    expect(directSocket(new Socket(), onread)).toBeUndefined();
    accepted.destroy();
    expect(directSocket(accepted, onread)).toBeUndefined();
  });
});
