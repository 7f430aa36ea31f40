// Strangers, who have no grant and get none: they try the doors, sweep ports, and knock wrongly. Whatever they are given is told.
// Argument: JSON of { targets, sources, doors, perSecond, hidden, seed }, see test/lab/traffic/strangers.ts.
import { isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { attempt } from './child/attempt.mjs';
import { knock } from './child/knock.mjs';
import { Random } from './child/random.mjs';
import { count, fault, isEnding, tell } from './child/report.mjs';

const ANSWER_WITHIN_MS = 2000;
const SWEEP = 40;
/** No sequence has a port below it. */
const FIRST_KNOCKABLE = 1024;
const REQUEST = 'GET / HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n';

const { targets, sources, doors, perSecond, hidden, seed } = JSON.parse(process.argv[2]);
/** Of each of them. */
const EACH_MS = (1000 * sources.length) / perSecond;

await tell(Promise.all(sources.map((source, index) => live(source, new Random(seed + index * 104_729)))));

async function live(source, random) {
  const host = isIPv6(source) ? targets.address6 : targets.address;
  const deeds = [tryDoor, tryDoor, sweep, knockWrongly];
  while (!isEnding()) await random.of(deeds)({ host, source, random });
}

async function tryDoor({ host, source, random }) {
  await tryPort({ host, source, port: random.of(doors).port });
}

/** Ports in a row, the knocked ones and the doors among them. */
async function sweep({ host, source, random }) {
  count('sweeps');
  const door = random.of(doors);
  const start = random.of([door.port, ...door.sequence]) - random.below(SWEEP);
  for (let i = 0; i < SWEEP && !isEnding(); i += 1) await tryPort({ host, source, port: Math.max(1, start + i) });
}

/** All of a sequence but its last port. */
async function knockWrongly({ host, source, random }) {
  count('wrongKnocks');
  await knock({ host, source, sequence: random.of(doors).sequence.slice(0, -1) });
  await tryPort({ host, source, port: 1 + random.below(FIRST_KNOCKABLE - 1) });
}

async function tryPort({ host, source, port }) {
  const startMs = performance.now();
  count('tries');
  const { socket, reason } = await attempt({ host, port, source, withinMs: ANSWER_WITHIN_MS });
  if (socket === undefined) count(reason);
  else await look(socket, { source, port });
  await delay(Math.max(0, EACH_MS - (performance.now() - startMs)));
}

/** Somebody has let it in, or only the kernel, for a moment: what does it get? */
async function look(socket, about) {
  count('connected');
  if (hidden) fault('stranger-connected', about);
  let bytes = 0;
  socket.on('data', (data) => (bytes += data.length));
  socket.write(REQUEST);
  socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
  await new Promise((resolve) => socket.once('close', resolve));
  count('bytes', bytes);
  if (bytes > 0) fault('stranger-served', { ...about, bytes });
}
