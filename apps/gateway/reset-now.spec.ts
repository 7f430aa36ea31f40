import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resetNow } from './reset-now.js';

describe('resetNow', () => {
  let server: Server;
  let client: Socket;
  let served: Socket;

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
    [served] = (await once(server, 'connection')) as [Socket];
  });
  afterEach(() => {
    client.destroy();
    server.close();
  });

  it('resets a client that does not read, with bytes for it still unsent', async () => {
    const failed = once(client, 'error');
    served.write(Buffer.alloc(64 * 1024 * 1024)); // more than the kernel takes
    expect(served.writableLength).toBeGreaterThan(0);
    resetNow(served);
    await once(served, 'close');
    client.resume();
    expect(((await failed)[0] as NodeJS.ErrnoException).code).toBe('ECONNRESET');
  });

  it('closes one that is about to send its FIN', async () => {
    served.end('last');
    expect(served.writableLength).toBe(0);
    resetNow(served);
    await once(served, 'close');
    const ended = once(client, 'end');
    client.resume();
    await ended;
    expect(served.errored).toBeNull();
  });

  it('gives up one that is still being made', async () => {
    const early = connect((server.address() as AddressInfo).port, '127.0.0.1');
    resetNow(early);
    expect(early.destroyed).toBe(true);
    await once(early, 'close');
  });
});
