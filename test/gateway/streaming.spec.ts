import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayLab } from './gateway-lab.js';
import { HttpUpstream } from './http-upstream.js';

const GB = 1_000_000_000;
const MEMORY = 150_000_000; // what a gigabyte in passing may cost
const CHUNK = Buffer.alloc(1_000_000, 'x');

let lab: GatewayLab;
let upstream: HttpUpstream;
beforeAll(async () => {
  upstream = await HttpUpstream.start();
  lab = await GatewayLab.start({ doors: { HTTP: { upstream: upstream.url } } });
  await lab.grant('HTTP');
});
beforeEach(() => upstream.reset());
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const ask = (options: object = {}): ClientRequest =>
  httpRequest({ host: '127.0.0.1', port: lab.port('HTTP'), agent: false, ...options });
const gigabyte = (): Readable =>
  Readable.from(
    (function* chunks() {
      for (let sent = 0; sent < GB; sent += CHUNK.length) yield CHUNK;
    })(),
  );

class Counter extends Writable {
  bytes = 0;
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytes += chunk.length;
    done();
  }
}

async function costOf(work: () => Promise<void>): Promise<number> {
  await lab.forgetPeak();
  const before = await lab.memory('VmRSS');
  await work();
  return (await lab.memory('VmHWM')) - before;
}

describe('streams, with flat memory', () => {
  it.each([
    ['with a length', { 'content-length': GB }],
    ['chunked', {}],
  ])('1 GB down %s', async (_name, headers) => {
    upstream.handler = (_request, response) => {
      response.writeHead(200, headers);
      gigabyte().pipe(response);
    };
    const counter = new Counter();
    const cost = await costOf(async () => {
      const request = ask().end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      await pipeline(response, counter);
      expect(response.complete).toBe(true);
    });
    expect(counter.bytes).toBe(GB);
    expect(cost).toBeLessThan(MEMORY);
  });

  it('1 GB up', async () => {
    const counter = new Counter();
    upstream.handler = (request, response) =>
      void pipeline(request, counter).then(() => response.end(String(counter.bytes)));
    const cost = await costOf(async () => {
      const request = ask({ method: 'PUT', headers: { 'content-length': GB } });
      await pipeline(gigabyte(), request);
    });
    await vi.waitFor(() => expect(counter.bytes).toBe(GB), { timeout: 30_000 });
    expect(cost).toBeLessThan(MEMORY);
  });

  it('a client that does not read makes the upstream wait, and costs no memory', async () => {
    let sent = 0;
    let stalled = false;
    upstream.handler = (_request, response) => {
      const more = (): void => {
        while (sent < GB && response.write(CHUNK)) sent += CHUNK.length;
        stalled = true;
      };
      response.on('drain', () => {
        stalled = false;
        more();
      });
      more();
    };
    const cost = await costOf(async () => {
      const request = ask().end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.pause();
      let last = -1;
      // stalled, and stays so: no byte has moved between two looks
      await vi.waitFor(
        () => {
          const still = stalled && sent === last;
          last = sent;
          expect(still).toBe(true);
        },
        { timeout: 20_000, interval: 500 },
      );
      response.destroy();
    });
    expect(sent).toBeLessThan(GB / 4);
    expect(cost).toBeLessThan(MEMORY);
    await upstream.idle(); // and the upstream request went with the client
  });
});
