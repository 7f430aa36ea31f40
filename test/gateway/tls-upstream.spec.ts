import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';
import { GatewayLab } from './gateway-lab.js';
import { Peer } from './peer.js';

const BIG = 'x'.repeat(2_000_000);

let directory: TempDir;
let upstream: Server;
let lab: GatewayLab;
let connections = 0;

beforeAll(async () => {
  directory = await TempDir.create('tls');
  const [key, certificate] = [directory.file('key.pem'), directory.file('cert.pem')];
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await run('openssl', ['req', ...made, ...name, '-keyout', key, '-out', certificate]);
  upstream = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    request.resume().on('end', () => response.end(request.url === '/big' ? BIG : `hello ${request.headers.host}`));
  });
  upstream.on('secureConnection', () => (connections += 1)).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  lab = await GatewayLab.start({
    doors: {
      TLS: { upstream: `https://localhost:${port}` },
      OTHER: { upstream: `https://127.0.0.1:${port}` },
    },
    env: { NODE_EXTRA_CA_CERTS: certificate },
  });
  await lab.grant('TLS');
  await lab.grant('OTHER');
});
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  upstream.close();
  upstream.closeAllConnections();
  await directory.remove();
});

const ask = (door: string, path: string): Promise<string> =>
  Peer.exchange(lab.port(door), `GET ${path} HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n`);

it('an upstream with TLS proves its own name, whatever Host the client asks for, and its connection is used again', async () => {
  expect(await ask('TLS', '/')).toMatch(/hello elsewhere/u);
  expect((await ask('TLS', '/big')).match(/x{2,}/gu)!.join('')).toHaveLength(BIG.length);
  expect(await ask('TLS', '/')).toMatch(/hello elsewhere/u);
  expect(connections).toBe(1);
});

it('one that cannot is a 502', async () => {
  expect(await ask('OTHER', '/')).toMatch(/^HTTP\/1\.1 502 /u);
});
