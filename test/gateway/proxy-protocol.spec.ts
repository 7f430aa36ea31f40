import { connect as netConnect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../lab/free-port.js';
import { Haproxy } from '../lab/haproxy.js';
import { Nginx } from '../lab/nginx.js';
import { GatewayLab } from './gateway-lab.js';
import { Peer } from './peer.js';
import { RawUpstream } from './raw-upstream.js';

const GUEST = '127.0.0.5';
const OTHER = '127.0.0.6';
const PROXY = '127.0.0.7';
const STRANGER = '127.0.0.8';
const GET = 'GET / HTTP/1.0\r\nHost: door\r\n\r\n';
const VERSIONS = ['v1', 'v2'] as const;
const V2_SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';

describe('proxy_protocol: what the upstream gets', () => {
  let lab: GatewayLab;
  let raw: RawUpstream;
  let nginx: Nginx;
  let haproxy: Haproxy;
  let port6: number;

  beforeAll(async () => {
    raw = await RawUpstream.start();
    nginx = await Nginx.start({ proxyProtocol: true });
    const section = [
      'mode http',
      'http-request return status 200 content-type text/plain lf-string "%[src] to %[dst_port]"',
    ];
    haproxy = await Haproxy.start({ acceptProxy: true, section });
    port6 = await freePort();
    const doors = VERSIONS.flatMap((proxy_protocol) => [
      [`NGINX-${proxy_protocol}`, { upstream: nginx.url.replace('http:', 'tcp:'), proxy_protocol }] as const,
      [`HAPROXY-${proxy_protocol}`, { upstream: `tcp://127.0.0.1:${haproxy.port}`, proxy_protocol }] as const,
      [`RAW-${proxy_protocol}`, { upstream: `tcp://127.0.0.1:${raw.port}`, proxy_protocol }] as const,
    ]);
    const nobody = { upstream: `tcp://127.0.0.1:${await freePort()}` };
    const six = { upstream: `tcp://127.0.0.1:${raw.port}`, proxy_protocol: 'v1', listen: `[::1]:${port6}` };
    lab = await GatewayLab.start({ doors: { ...Object.fromEntries(doors), SIX: six, NOBODY: nobody } });
    for (const [door] of doors) await lab.grantUnseen(door, GUEST, 3_600_000);
    await lab.grantUnseen('SIX', '::1', 3_600_000);
    await lab.grant('NOBODY', OTHER); // the gateway hears of grants in order: by now the others are known too
  });
  beforeEach(() => raw.reset());
  afterAll(async () => {
    lab.expectUnharmed();
    for (const part of [lab, raw, nginx, haproxy]) await part[Symbol.asyncDispose]();
  });

  it.each(VERSIONS)('%s: nginx takes the client from it', async (version) => {
    const answer = await Peer.exchange(lab.port(`NGINX-${version}`), GET.replace('/', `/${version}`), { from: GUEST });
    expect(answer).toMatch(/^HTTP\/1\.1 404 /u);
    expect(await nginx.waitForAccess(new RegExp(`/${version} `, 'u'))).toMatch(/^127\.0\.0\.5 .*"127\.0\.0\.5"$/u);
  });

  it.each(VERSIONS)('%s: HAProxy takes the client, and the port that it came to, from it', async (version) => {
    const door = `HAPROXY-${version}`;
    const answer = await Peer.exchange(lab.port(door), GET, { from: GUEST });
    expect(answer).toContain(`\r\n\r\n${GUEST} to ${lab.port(door)}`);
  });

  it('comes first, also where a client names himself', async () => {
    const own = `PROXY TCP4 ${OTHER} 127.0.0.1 1 2\r\n`;
    const peer = Peer.connect(lab.port('RAW-v1'), { from: GUEST }).send(own);
    const far = await raw.next();
    const header = `PROXY TCP4 ${GUEST} 127.0.0.1 ${peer.socket.localPort} ${lab.port('RAW-v1')}\r\n`;
    expect(await far.until(own)).toBe(header + own);
    peer.socket.destroy();
  });

  it('comes at once, so that an upstream can speak first', async () => {
    const peer = Peer.connect(lab.port('RAW-v2'), { from: GUEST });
    const far = await raw.next();
    expect(await far.until(V2_SIGNATURE)).toHaveLength(28);
    far.send('220 ready\r\n');
    await peer.until('220 ready');
    peer.socket.destroy();
  });

  it('names IPv6 ends', async () => {
    const peer = new Peer(netConnect({ host: '::1', port: port6 }));
    const far = await raw.next();
    expect(await far.until('\r\n')).toBe(`PROXY TCP6 ::1 ::1 ${peer.socket.localPort} ${port6}\r\n`);
    peer.socket.destroy();
  });
});

describe.each([1, 2])('trusted_proxies in mode: tcp, workers: %i', (workers) => {
  let lab: GatewayLab;
  let raw: RawUpstream;

  beforeAll(async () => {
    raw = await RawUpstream.start();
    const nobody = { upstream: `tcp://127.0.0.1:${await freePort()}` };
    const door = { upstream: `tcp://127.0.0.1:${raw.port}`, trusted_proxies: [`${PROXY}/32`] };
    lab = await GatewayLab.start({
      doors: { TCP: door, CHAIN: { ...door, proxy_protocol: 'v1' }, SELF: door, NOBODY: nobody },
      config: { workers, limits: { header_timeout: '400ms', connections_per_ip: 2 } },
    });
    for (const name of ['TCP', 'CHAIN']) await lab.grantUnseen(name, GUEST, 3_600_000);
    await lab.grantUnseen('TCP', OTHER, 3_600_000);
    await lab.grantUnseen('SELF', PROXY, 3_600_000);
    await lab.grant('NOBODY', OTHER);
  });
  beforeEach(() => raw.reset());
  afterAll(async () => {
    lab.expectUnharmed();
    for (const part of [lab, raw]) await part[Symbol.asyncDispose]();
  });

  const line = (client: string): string => `PROXY TCP4 ${client} 192.0.2.9 4000 443\r\n`;
  const proxied = (text: string, door = 'TCP'): Peer => Peer.connect(lab.port(door), { from: PROXY }).send(text);

  /** How it was closed, with what, and how many connections the upstream had. */
  const outcome = async (peer: Peer): Promise<unknown> => [await peer.closed, peer.text, raw.peers.length];
  const REFUSED = ['reset', '', 0];

  it.each([
    ['v1', 'send-proxy'],
    ['v2', 'send-proxy-v2'],
  ])("%s: real HAProxy's clients are judged, each by its own grant", async (_version, word) => {
    const server = `server door 127.0.0.1:${lab.port('TCP')} source ${PROXY} ${word}`;
    await using haproxy = await Haproxy.start({ section: ['mode tcp', server] });
    const guest = Peer.connect(haproxy.port, { from: GUEST }).send('hello');
    const far = await raw.next();
    expect(await far.until('hello')).toBe('hello');
    far.send('welcome');
    await guest.until('welcome');

    const after = lab.gateway.program.lineCount;
    const stranger = Peer.connect(haproxy.port, { from: STRANGER }).send('hello');
    await stranger.closed;
    expect(stranger.text).toBe('');
    await lab.logged({ event: 'denied', ip: STRANGER, door: 'TCP' }, after);
    expect(raw.peers).toHaveLength(1);
    guest.socket.destroy();
  });

  it('a header that comes bit by bit is read, and what follows it arrives whole', async () => {
    const header = Buffer.from(`${V2_SIGNATURE}\x21\x11\0\x0c\x7f\0\0\x05\x7f\0\0\x01\x0f\xa0\x01\xbb`, 'latin1');
    const peer = Peer.connect(lab.port('TCP'), { from: PROXY });
    for (const byte of header) await new Promise((resolve) => peer.socket.write(Buffer.of(byte), resolve));
    peer.send('and ');
    const far = await raw.next();
    expect(await far.until('and ')).toBe('and ');
    peer.send('more');
    expect(await far.until('more')).toBe('and more');

    const whole = proxied(`${line(GUEST)}${'x'.repeat(100_000)}end`);
    const end = await raw.next();
    expect(await end.until('end')).toHaveLength(100_003);
    for (const each of [peer, whole]) each.socket.destroy();
  });

  it('the client, not the proxy, is who the upstream is told', async () => {
    const peer = proxied(`${line(GUEST)}hello`, 'CHAIN');
    const far = await raw.next();
    expect(await far.until('hello')).toBe(`${line(GUEST)}hello`);
    peer.socket.destroy();
  });

  it.each([
    ['no grant', line(STRANGER)],
    ["only the proxy's own word", 'PROXY UNKNOWN\r\n'],
    ['only a check of the proxy (LOCAL)', `${V2_SIGNATURE}\x20\0\0\0`],
  ])('%s: reset', async (_name, header) => {
    const after = lab.gateway.program.lineCount;
    expect(await outcome(proxied(`${header}hello`))).toEqual(REFUSED);
    await lab.logged({ event: 'denied', door: 'TCP' }, after);
  });

  it('a proxy that speaks for itself is judged by its own grant', async () => {
    for (const header of ['PROXY UNKNOWN\r\n', `${V2_SIGNATURE}\x20\0\0\0`]) {
      const peer = proxied(`${header}hello`, 'SELF');
      const far = await raw.next();
      expect(await far.until('hello')).toBe('hello');
      peer.socket.destroy();
    }
  });

  it.each([
    ['something else', 'SSH-2.0-client\r\n', 'what it sent is no PROXY header'],
    ['nothing', '', 'its PROXY header took too long'],
    ['a beginning', 'PROXY TCP4 127.0', 'its PROXY header took too long'],
  ])('%s in place of a header: reset, and said', async (_name, text, reason) => {
    const after = lab.gateway.program.lineCount;
    expect(await outcome(proxied(text, 'SELF'))).toEqual(REFUSED); // though it has a grant itself
    await lab.logged({ event: 'client_unnamed', ip: PROXY, door: 'SELF', reason }, after);
  });

  it('an end in place of a header: reset, and said', async () => {
    const after = lab.gateway.program.lineCount;
    const peer = Peer.connect(lab.port('TCP'), { from: PROXY, allowHalfOpen: true });
    peer.socket.end('PROXY TC');
    expect(await outcome(peer)).toEqual(REFUSED);
    await lab.logged({ event: 'client_unnamed', reason: 'it sent no PROXY header' }, after);
  });

  it('nobody else is believed', async () => {
    expect(await outcome(Peer.connect(lab.port('TCP'), { from: STRANGER }).send(`${line(GUEST)}hello`))).toEqual(
      REFUSED,
    );
    const guest = Peer.connect(lab.port('TCP'), { from: GUEST }).send(`${line(OTHER)}hello`);
    expect(await (await raw.next()).until('hello')).toBe(`${line(OTHER)}hello`);
    guest.socket.destroy();
  });

  const mine = async (client: string): Promise<{ readonly peer: Peer; readonly far: Peer }> => {
    const peer = proxied(`${line(client)}hello`);
    const far = await raw.next();
    await far.until('hello');
    return { peer, far };
  };

  // each worker counts its own
  it.runIf(workers === 1)(
    "a client's connections are counted as his (one worker only: each counts for itself)",
    async () => {
      const two = [await mine(GUEST), await mine(GUEST)];
      const after = lab.gateway.program.lineCount;
      expect(await proxied(`${line(GUEST)}hello`).closed).toBe('reset');
      await lab.logged({ event: 'connection_limit', ip: GUEST, limit: '2 connections by one IP' }, after);
      for (const { peer } of two) peer.socket.resetAndDestroy();
      for (const { far } of two) await far.closed; // he is counted out by then
      const { peer } = await mine(GUEST);
      peer.socket.destroy();
    },
  );

  it("a client's connections end with his grant, and nobody else's", async () => {
    const [cut, other] = [await mine(GUEST), await mine(OTHER)];
    await lab.revoke('TCP', GUEST);
    expect(await cut.peer.closed).toBe('reset');
    other.peer.send('still here');
    await other.far.until('still here');
    other.peer.socket.destroy();
  });
});
