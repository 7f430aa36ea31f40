import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../lab/free-port.js';
import { GatewayLab } from './gateway-lab.js';
import { Peer } from './peer.js';
import { RawUpstream } from './raw-upstream.js';

const GUEST = '127.0.0.5';
const MEGABYTE = 'x'.repeat(1_000_000);

let lab: GatewayLab;
let upstream: RawUpstream;
beforeAll(async () => {
  upstream = await RawUpstream.start(true);
  const url = `tcp://127.0.0.1:${upstream.port}`;
  lab = await GatewayLab.start({
    doors: {
      TCP: { upstream: url },
      DRAIN: { upstream: url, on_expiry: 'drain' },
      NOBODY: { upstream: `tcp://127.0.0.1:${await freePort()}` },
    },
  });
  for (const door of ['TCP', 'DRAIN', 'NOBODY']) await lab.grantUnseen(door, GUEST, 3_600_000);
  await lab.grant('NOBODY', '127.0.0.6'); // the gateway hears of grants in order: by now the others are known too
});
beforeEach(() => upstream.reset());
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const connect = (door: string, from = GUEST): Peer => Peer.connect(lab.port(door), { from, allowHalfOpen: true });
const key = (door: string): string => `knockgate:{${door}}:grant:${GUEST}`;

async function pair(door: string): Promise<{ readonly peer: Peer; readonly far: Peer }> {
  const peer = connect(door).send('hello');
  const far = await upstream.next();
  await far.until('hello');
  return { peer, far };
}

/** Closed by the other side, in good order or not. */
const gone = (peer: Peer): Promise<unknown> => Promise.race([peer.ended, peer.closed]);

describe('mode: tcp', () => {
  it('passes bytes both ways, the server speaking first as well', async () => {
    const peer = connect('TCP');
    const far = await upstream.next();
    far.send('SSH-2.0-OpenSSH_9.2\r\n');
    await peer.until('OpenSSH');
    peer.send('SSH-2.0-client\r\n');
    expect(await far.until('client')).toBe('SSH-2.0-client\r\n');
    peer.socket.destroy();
    await gone(far);
  });

  it('passes a half-close, either way', async () => {
    const { peer, far } = await pair('TCP');
    peer.socket.end();
    await far.ended;
    far.send('and I go on');
    await peer.until('and I go on');
    far.socket.end();
    expect(await peer.closed).toBe('end');

    const second = await pair('TCP');
    second.far.socket.end('first');
    await second.peer.ended;
    second.peer.send('and I go on');
    await second.far.until('and I go on');
    second.peer.socket.end();
    expect(await second.far.closed).toBe('end');
  });

  it('passes 200 MB with flat memory', { timeout: 60_000 }, async () => {
    const { peer, far } = await pair('TCP');
    let bytes = 0;
    peer.socket.removeAllListeners('data').on('data', (chunk) => (bytes += chunk.length));
    await lab.forgetPeak();
    const before = await lab.memory('VmRSS');
    for (let i = 0; i < 200; i += 1) {
      if (!far.socket.write(MEGABYTE, 'latin1')) await new Promise((resolve) => far.socket.once('drain', resolve));
    }
    far.socket.end();
    await peer.ended;
    expect(bytes).toBe(200_000_000);
    expect((await lab.memory('VmHWM')) - before).toBeLessThan(150_000_000);
    peer.socket.destroy();
  });

  it('resets the client if the upstream is not there', async () => {
    expect(await connect('NOBODY').closed).toBe('reset');
    await lab.logged({ event: 'upstream_failed', door: 'NOBODY', reason: 'ECONNREFUSED' });
  });

  it('gives nothing to who has no grant', async () => {
    const stranger = connect('TCP', '127.0.0.7').send('hello');
    expect([await stranger.closed, stranger.text]).toEqual(['reset', '']);
    expect(upstream.peers).toEqual([]);
  });

  it('cuts at the end of the grant; with on_expiry: drain the connection may go on, until it is revoked', async () => {
    const cut = await pair('TCP');
    const drained = await pair('DRAIN');
    for (const door of ['TCP', 'DRAIN']) await lab.redis.cli('PEXPIRE', key(door), '100');
    expect(await cut.peer.closed).toBe('reset');
    await gone(cut.far);
    await lab.logged({ event: 'expired', door: 'DRAIN', ip: GUEST });
    expect(await lab.letsIn('DRAIN', GUEST)).toBe(false);
    drained.far.send('still here');
    await drained.peer.until('still here');
    drained.peer.socket.destroy();
    await gone(drained.far);

    await lab.grantUnseen('DRAIN', GUEST, 3_600_000);
    await lab.grant('NOBODY', '127.0.0.8');
    const revoked = await pair('DRAIN');
    await lab.revoke('DRAIN', GUEST);
    expect(await revoked.peer.closed).toBe('reset');
  });
});
