import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempt, becomes, grantKey, Served } from '../e2e/hiding.fixture.js';
import { Capture } from '../lab/capture.js';
import { NetLab } from '../lab/netlab.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { type LateBytes, lateBytes, PROBE_BYTES } from './late-bytes.js';

const REFUSED = 'ECONNREFUSED';
const DOORS = { HTTP: 80, TCP: 8022, SOCKET: 8081 } as const;
const PORTS = Object.values(DOORS);
const BLOCK = fileURLToPath(new URL('block-on-signal.cjs', import.meta.url));
/** What is left of the grant, and how long after its end nothing moves. */
const [LEFT_MS, BLOCKED_MS] = [1500, 1000];
/**
 * Says something each 5 ms, or once to who asks for /quiet: as the answer to a request, or on a connection that was upgraded. At its end it tells when the last that it
 * heard there was sent.
 */
const UPSTREAM = `
  const tick = (out, heard, url) => {
    const say = () => out.write('x'.repeat(1000));
    say();
    const timer = url === '/quiet' ? undefined : setInterval(say, 5);
    let last = '';
    heard.on('data', (bytes) => (last = String(bytes).match(/@(\\d+);(?!.*@)/s)?.[1] ?? last)).on('error', () => {});
    out.on('close', () => (clearInterval(timer), last === '' || console.log('heard ' + last))).on('error', () => {});
  };
  require('node:http').createServer((request, response) => tick(response, request, request.url))
    .on('upgrade', (request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n');
      tick(socket, socket, request.url);
      socket.on('end', () => socket.destroy());
    })
    .listen(8080, '127.0.0.1', () => console.log('listening'));`;
const VISITOR = `
  const [host, path, ...ports] = process.argv.slice(1);
  const upgrade = 'Connection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\n';
  for (const port of ports) {
    const socket = require('node:net').connect({ host, port: Number(port) });
    const upgrades = port === '8081';
    socket.write((upgrades ? 'GET' : 'POST') + ' ' + path + ' HTTP/1.1\\r\\nHost: a\\r\\n' + (upgrades ? upgrade : 'Transfer-Encoding: chunked\\r\\n') + '\\r\\n');
    const say = () => {
      const text = '@' + Date.now() + ';';
      socket.write(upgrades ? text : text.length.toString(16) + '\\r\\n' + text + '\\r\\n');
    };
    socket.once('data', () => (console.log('begun'), setInterval(say, 5)));
    socket.on('error', () => {}).on('close', () => console.log('closed')).resume();
  }
  setInterval(() => {}, 1e6);`;

/** Of a process, as in proc_pid_stat(5). */
const STATE = { stopped: 'T', waits: 'S' } as const;

async function stateOf(pid: number): Promise<string> {
  return /\) (\S) /u.exec(await readFile(`/proc/${pid}/stat`, 'utf8'))![1]!;
}

describe('a gateway that cannot do anything as a grant ends', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let upstream: Program;
  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['client'] });
    redis = await RedisServer.start({ host: lab.server });
    upstream = lab.server.spawn(process.execPath, ['-e', UPSTREAM]);
    await upstream.waitForLine(/listening/u);
  });
  afterAll(async () => {
    await upstream.stop();
    await redis.stop();
    await lab.stop();
  });

  const client = () => lab.host('client');
  const outcomes = () => Promise.all(PORTS.map((port) => attempt(client(), lab.server.address, port)));
  const serve = (hide: string, top = '', env = {}): Promise<Served> => {
    const doors = Object.entries(DOORS).map(([name, port]) => {
      const upstreamUrl = `${name === 'TCP' ? 'tcp' : 'http'}://127.0.0.1:8080`;
      return `  ${name}: { sequence: '6000,7000', listen: '0.0.0.0:${port}', upstream: '${upstreamUrl}', hide: ${hide} }`;
    });
    return Served.start(`store: ${redis.url}\n${top}\ndoors:\n${doors.join('\n')}\n`, { host: lab.server, env });
  };
  /** @returns when that is over */
  const grantFor = async (ttlMs: number): Promise<number> => {
    const endMs = Date.now() + ttlMs;
    for (const door of Object.keys(DOORS)) {
      await redis.cli('HSET', grantKey(door, client().address), 'ip', 'x');
      await redis.cli('PEXPIREAT', grantKey(door, client().address), String(endMs));
    }
    return endMs;
  };
  const holds = async (capture: Capture, shut: { fromMs: number; toMs: number }): Promise<LateBytes[]> => {
    const frames = await capture.capturedFrames();
    return PORTS.map((port) => lateBytes(frames, { from: lab.server.address, ports: [port], shut: [shut] }));
  };

  /** Has it hang while the grant of somebody who is served by each door ends. */
  const hang = async (
    served: Served,
    { stop, go, path = '/' }: { stop: (visitor: Program) => void | Promise<void>; go: () => void; path?: string },
  ): Promise<{ meanwhile: LateBytes[]; after: LateBytes[]; fresh: string[]; lateToUpstream: number[] }> => {
    const before = upstream.lineCount;
    await grantFor(600_000);
    for (const port of PORTS) await becomes('connected', () => attempt(client(), lab.server.address, port));
    const { address } = lab.server;
    await using capture = await Capture.start(client(), { filter: `tcp and src host ${address}` });
    await using visitor = client().spawn(process.execPath, ['-e', VISITOR, address, path, ...PORTS.map(String)]);
    const count = (what: string): number => visitor.lines.filter((line) => line === what).length;
    await expect.poll(() => count('begun'), { timeout: 10_000 }).toBe(PORTS.length);
    const endMs = await grantFor(LEFT_MS);
    await delay(endMs - 500 - Date.now()); // it knows of it by now
    await stop(visitor);
    await delay(endMs + BLOCKED_MS - Date.now());
    const fresh = await outcomes();
    const goMs = Date.now();
    go();
    await expect.poll(() => count('closed'), { timeout: 15_000 }).toBe(PORTS.length);
    expect(served.knockgate.program.exitCode).toBeUndefined();
    const heard = () => upstream.lines.slice(before).flatMap((line) => /^heard (\d+)$/u.exec(line)?.[1] ?? []);
    await expect.poll(() => heard().length, { timeout: 10_000 }).toBe(PORTS.length);
    return {
      lateToUpstream: heard().map((sentMs) => Math.max(0, Number(sentMs) - endMs)),
      meanwhile: await holds(capture, { fromMs: endMs, toMs: goMs }),
      after: await holds(capture, { fromMs: goMs, toMs: Infinity }),
      fresh,
    };
  };

  it.each([
    ['closed', '', REFUSED],
    ['closed', 'workers: 2', REFUSED],
    ['reset', '', 'connected'], // by the kernel, which waits for somebody to accept it
  ])('hide: %s %s, stopped: who is new: %s; who is in gets nothing', async (hide, top, fresh) => {
    await using served = await serve(hide, top);
    const processes = [served.pid, ...(await childrenOf(served.pid))];
    const all = (signal: NodeJS.Signals) => processes.forEach((pid) => process.kill(pid, signal));
    const stop = async (visitor: Program): Promise<void> => {
      // nothing is on its way through it then: a signal in the midst of that would have it write what it had judged in time
      const senders = [upstream, visitor];
      for (const sender of senders) sender.signal('SIGSTOP');
      for (const { pid } of senders) await expect.poll(() => stateOf(pid), { interval: 5 }).toBe(STATE.stopped);
      for (const pid of processes) await expect.poll(() => stateOf(pid), { interval: 5 }).toBe(STATE.waits);
      all('SIGSTOP');
      for (const sender of senders) sender.signal('SIGCONT');
    };
    const held = await hang(served, { stop, go: () => all('SIGCONT') });
    expect(held.fresh).toEqual(PORTS.map(() => fresh));
    for (const { inTime, fresh: bytes } of held.meanwhile) {
      expect(inTime).toBeGreaterThan(0);
      expect(bytes).toBeLessThanOrEqual(PROBE_BYTES);
    }
    expect(held.after.map(({ fresh: bytes }) => bytes)).toEqual([0, 0, 0]);
    expect(held.lateToUpstream).toEqual([0, 0, 0]);
  });

  it.each(['closed', 'reset'])('hide: %s, blocked: what has arrived meanwhile goes no further', async (hide) => {
    const env = { NODE_OPTIONS: `--require ${BLOCK}`, BLOCK_MS: String(500 + 2 * BLOCKED_MS) };
    await using served = await serve(hide, '', env);
    const held = await hang(served, { stop: () => served.knockgate.program.signal('SIGUSR2'), go: () => {} });
    expect(held.fresh).toEqual(PORTS.map(() => (hide === 'reset' ? 'connected' : REFUSED)));
    for (const { inTime } of held.meanwhile) expect(inTime).toBeGreaterThan(0);
    expect([...held.meanwhile, ...held.after].map(({ fresh: bytes }) => bytes)).toEqual(Array(6).fill(0));
    expect(held.lateToUpstream).toEqual([0, 0, 0]);
  });

  it('hide: reset, blocked, and the upstream silent: what the client has sent after the end goes no further', async () => {
    const env = { NODE_OPTIONS: `--require ${BLOCK}`, BLOCK_MS: String(500 + 2 * BLOCKED_MS) };
    await using served = await serve('reset', '', env); // else the kernel lets nothing in that comes later
    const stop = () => served.knockgate.program.signal('SIGUSR2');
    const held = await hang(served, { stop, go: () => {}, path: '/quiet' });
    expect(held.lateToUpstream).toEqual([0, 0, 0]);
  });
});

async function childrenOf(pid: number): Promise<number[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number);
}
