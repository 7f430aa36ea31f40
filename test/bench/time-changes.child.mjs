// node time-changes.child.mjs REDIS_PORT HOST PORT KEY COUNT: a grant comes and goes. A line a time, milliseconds: from the command on its way to
// Redis to the first connection that the kernel lets in, and from DEL to the end of that connection.
import { once } from 'node:events';
import { connect } from 'node:net';

const [redisPort, host, port, key, count] = process.argv.slice(2);
const redis = connect({ host: '127.0.0.1', port: Number(redisPort), noDelay: true });
await once(redis, 'connect');
redis.resume();

async function tried() {
  const socket = connect({ host, port: Number(port) });
  const outcome = await new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  return outcome ? socket.on('error', () => {}) : undefined;
}

// the first one, which is not counted, waits for the gateway's snapshot
for (let i = -1; i < Number(count); i += 1) {
  const granted = performance.now();
  redis.write(`SET ${key} bench PX 600000\r\n`);
  let socket;
  while (socket === undefined) socket = await tried();
  const letIn = performance.now() - granted;
  // the gateway has it too by the time that it answers
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(socket, 'data');
  const ended = new Promise((resolve) => socket.once('close', resolve)); // by a reset, which is an error to `once`
  const revoked = performance.now();
  redis.write(`DEL ${key}\r\n`);
  await ended;
  if (i >= 0) process.stdout.write(`${JSON.stringify({ letIn, cut: performance.now() - revoked })}\n`);
}
process.exit(0);
