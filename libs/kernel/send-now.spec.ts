import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendNow } from './send-now.js';

let server: Server;
let near: Socket;
let far: Socket;
beforeEach(async () => {
  server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [[Socket], unknown];
});
afterEach(() => {
  for (const socket of [near, far]) socket.destroy();
  server.close();
});

describe('sendNow', () => {
  it('sends the beginning of the bytes, which are free again then', async () => {
    const bytes = Buffer.from('abcdef');
    expect(sendNow(near, bytes, 4)).toBe(4);
    bytes.fill('x');
    far.resume();
    const [heard] = (await once(far, 'data')) as [Buffer];
    expect(String(heard)).toBe('abcd');
  });

  it('says how much the kernel has taken, in the end nothing', async () => {
    const bytes = Buffer.alloc(1024 * 1024);
    let sent = 0;
    for (let taken = Infinity; taken > 0; sent += taken) taken = sendNow(near, bytes, bytes.length);
    near.end();
    let heard = 0;
    for await (const chunk of far) heard += (chunk as Buffer).length;
    expect(sent).toBeGreaterThan(0);
    expect(heard).toBe(sent);
  });

  it('sends nothing where there is nothing to send on, or nobody to hear it', async () => {
    const bytes = Buffer.from('a');
    expect(sendNow(new Socket(), bytes, 1)).toBe(0);
    const closed = new Promise((resolve) => near.once('close', resolve));
    near.on('error', () => {}).resume();
    far.resetAndDestroy();
    await closed;
    expect(sendNow(near, bytes, 1)).toBe(0);
  });
});
