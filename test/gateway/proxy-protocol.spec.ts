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
