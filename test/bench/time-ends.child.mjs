// Visitors at loopback addresses of their own, each with a grant, a connection on which it has had its page, and connections that
// it tries on end. Says at its end, for each visitor, in ms: how long after the grant's end its connection ended, and the last connection
// was begun that was let in (less than 0: before it).
// Argument: JSON of { redisPort, port, door, count, ttlMs, spacingMs, ends }, see test/bench/shut.ts.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import Redis from 'ioredis';

const { redisPort, port, door, count, ttlMs, spacingMs, ends } = JSON.parse(process.argv[2]);
const redis = new Redis({ host: '127.0.0.1', port: redisPort });
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const TRIED_BEFORE_MS = 20;
const TRIED_EACH_MS = 1;
const PATIENCE_MS = 5000;

/** As Redis's own clock says it, which is this machine's. */
const nowMs = () => performance.timeOrigin + performance.now();

async function comeIn(source) {
  const socket = connect({ host: '127.0.0.1', port, localAddress: source });
  const isIn = await new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  return isIn ? socket.on('error', () => {}) : undefined;
}

async function visit(i) {
  const source = `127.1.${i >> 8}.${i & 255}`;
  const key = `knockgate:{${door}}:grant:${source}`;
  await redis.set(key, 'bench', 'PX', ttlMs);
  const overMs = nowMs() + ttlMs / 4;
  let socket;
  while (socket === undefined) {
    socket = await comeIn(source);
    if (nowMs() > overMs) throw new Error(`${source} was not let in within ${ttlMs / 4} ms`);
  }
  socket.write(REQUEST);
  await once(socket, 'data');
  const closed = new Promise((resolve) => socket.once('close', () => resolve(nowMs()))); // by a reset, an error to `once`
  const endMs = ends === 'expiry' ? await redis.pexpiretime(key) : nowMs() + ttlMs / 4;
  await delay(endMs - TRIED_BEFORE_MS - nowMs());
  const tried = tryOn(source, endMs);
  if (ends === 'expiry') return { cut: (await closed) - endMs, lastIn: (await tried) - endMs };
  await delay(endMs - nowMs());
  const revokedMs = nowMs();
  await redis.del(key);
  return { cut: (await closed) - revokedMs, lastIn: (await tried) - revokedMs };
}

/** When the last connection was begun that was let in: after the grant's end the first one that is not ends it. */
async function tryOn(source, endMs) {
  let lastMs = nowMs();
  for (;;) {
    const begunMs = nowMs();
    const socket = await comeIn(source);
    socket?.destroy();
    if (socket !== undefined) lastMs = begunMs;
    else if (begunMs > endMs) return lastMs;
    if (begunMs > endMs + PATIENCE_MS) throw new Error(`${source} is let in ${PATIENCE_MS} ms after its grant's end`);
    await delay(TRIED_EACH_MS);
  }
}

const visits = [];
for (let i = 1; i <= count; i += 1) {
  visits.push(visit(i));
  await delay(spacingMs);
}
process.stdout.write(`${JSON.stringify(await Promise.all(visits))}\n`);
process.exit(0);
