import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { wasReset } from './was-reset.js';

/** A connection whose other end has sent something, which is not read before `end` has befallen it. */
async function ended(end: (far: Socket) => void): Promise<Socket> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const [far] = (await once(server, 'connection')) as [Socket];
  near.on('error', () => {}).pause();
  await once(near, 'connect');
  await new Promise((resolve) => far.write('x'.repeat(1000), resolve));
  end(far);
  await once(far, 'close').finally(() => server.close());
  return near;
}

it('tells a reset that Node takes for an end, as something was unread', async () => {
  const near = await ended((far) => far.resetAndDestroy());
  near.resume();
  await once(near, 'end');
  expect(wasReset(near)).toBe(true);
  near.destroy();
});

it('tells an end as what it is', async () => {
  const near = await ended((far) => far.end().destroySoon());
  near.resume();
  await once(near, 'end');
  expect(wasReset(near)).toBe(false);
  near.destroy();
  expect(wasReset(near)).toBe(false);
});
