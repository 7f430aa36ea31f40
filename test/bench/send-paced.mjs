// node send-paced.mjs URL RATE SECONDS CONNECTIONS: asks RATE times a second whatever becomes of the answers, and prints
// how many µs each took, as JSON. Counted from when a request was due, so one that had to wait for a connection took
// that long too (no "coordinated omission", as in load generators that wait for an answer before they ask again).
import { once } from 'node:events';
import { connect } from 'node:net';

const [target, rate, seconds, connections] = process.argv.slice(2);
const { hostname, port, host, pathname } = new URL(target);
const REQUEST = Buffer.from(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
const HEAD_END = '\r\n\r\n';
const INTERVAL_MS = 1000 / Number(rate);
const COUNT = Math.floor(Number(rate) * Number(seconds));
/** Timers of Node's are of whole milliseconds; this is how long the loop sleeps at most before it looks for answers. */
const NAP_MS = 0.1;
/** What has not been answered by then will not be. */
const PATIENCE_MS = 5000;

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const idle = [];
const took = [];

async function open() {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const connection = { socket, due: undefined, parts: [] };
  socket.on('data', (chunk) => receive(connection, chunk));
  socket.on('error', fail);
  // An upstream ends a connection after so many requests: between two of them that is no fault.
  socket.on('close', () => {
    if (connection.due !== undefined) fail(new Error('closed before the answer was complete'));
    const at = idle.indexOf(connection);
    if (at !== -1) idle.splice(at, 1);
    open().catch(fail);
  });
  await once(socket, 'connect');
  idle.push(connection);
}

function receive(connection, chunk) {
  connection.parts.push(chunk);
  const answer = connection.parts.length === 1 ? chunk : Buffer.concat(connection.parts);
  const end = answer.indexOf(HEAD_END);
  if (end === -1) return;
  const head = answer.latin1Slice(0, end);
  const length = /\r\ncontent-length: *(\d+)/iu.exec(head)?.[1];
  if (!head.startsWith('HTTP/1.1 200') || length === undefined) return fail(new Error(`not the page: ${head}`));
  if (answer.length < end + HEAD_END.length + Number(length)) return;
  took.push(Math.round((performance.now() - connection.due) * 1000));
  connection.due = undefined;
  connection.parts = [];
  if (/\r\nconnection: *close/iu.test(head)) connection.socket.end();
  else idle.push(connection);
}

function fail(error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

for (let i = 0; i < Number(connections); i += 1) await open();
const start = performance.now() + INTERVAL_MS;
const deadline = start + Number(seconds) * 1000 + PATIENCE_MS;
let asked = 0;
(function turn() {
  const now = performance.now();
  for (let due = start + asked * INTERVAL_MS; asked < COUNT && due <= now && idle.length > 0;) {
    const connection = idle.shift();
    connection.due = due;
    connection.socket.write(REQUEST);
    asked += 1;
    due = start + asked * INTERVAL_MS;
  }
  if (took.length === COUNT) {
    process.stdout.write(JSON.stringify(took), () => process.exit(0));
    return;
  }
  if (now > deadline) fail(new Error(`${COUNT - took.length} of ${COUNT} requests have no answer`));
  Atomics.wait(sleeper, 0, 0, NAP_MS);
  setImmediate(turn);
})();
