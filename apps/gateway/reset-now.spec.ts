import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { resetNow } from './reset-now.js';

describe('resetNow', () => {
  it('resets a client that does not read, with bytes for it still unsent', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const failed = once(client, 'error');
    client.pause();
    const [served] = (await once(server, 'connection')) as [Socket];
    served.write(Buffer.alloc(64 * 1024 * 1024)); // more than the kernel takes
    expect(served.writableLength).toBeGreaterThan(0);
    resetNow(served);
    await once(served, 'close');
    client.resume();
    expect(((await failed)[0] as NodeJS.ErrnoException).code).toBe('ECONNRESET');
    server.close();
  });
});
