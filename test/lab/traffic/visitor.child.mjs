// What a visitor (visitor.ts) does, as a program of its host. Its argument is a Visit; the times it tells are the machine's clock.
import { connect } from 'node:net';

const { target, pages = [], everyMs, downloads = [], knocks, quiet = false } = JSON.parse(process.argv[2]);
const TIMEOUT_MS = 2000;
// more than there can be within the timeout at any of our rates, or those that hang would keep others from being asked for
const MAX_UNDER_WAY = 1024;
const counts = {};
let underWay = 0;

function tell(outcome) {
  const { port, what } = outcome;
  counts[`${port} ${what}`] = (counts[`${port} ${what}`] ?? 0) + 1;
  if (!quiet) process.stdout.write(`${JSON.stringify(outcome)}\n`);
}

/** One connection, one request; what has come of it: served, another status, the system's error, closed or timeout. */
function ask(port, { path, timeoutMs }, over) {
  const begunMs = Date.now();
  let status;
  let [bytes, length] = [0, Infinity];
  const socket = connect({ host: target, port });
  const done = (what) => {
    if (status === null) return;
    status = null;
    socket.destroy();
    over({ port, begunMs, endedMs: Date.now(), what, bytes });
  };
  socket.setTimeout(timeoutMs, () => done('timeout'));
  socket.on('connect', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n`));
  socket.on('data', (chunk) => {
    if (status === undefined) {
      const text = chunk.toString('latin1');
      status = text.slice(9, 12);
      length = Number(/content-length: (\d+)/iu.exec(text)?.[1] ?? 0) + text.indexOf('\r\n\r\n') + 4;
    }
    bytes += chunk.length;
    if (bytes >= length) done(status === '200' ? 'served' : status);
  });
  socket.on('error', ({ code }) => done(code));
  socket.on('close', () => done('closed'));
}

function askForPages() {
  for (const port of pages) {
    if (underWay >= MAX_UNDER_WAY) return;
    underWay += 1;
    ask(port, { path: '/', timeoutMs: TIMEOUT_MS }, (outcome) => {
      underWay -= 1;
      tell(outcome);
    });
  }
}

/** One download after the other; a silent one is kept, as a browser does. */
function download(port) {
  ask(port, { path: '/big', timeoutMs: 0 }, () => setTimeout(download, everyMs, port));
}

/** A SYN to each port in turn; all are closed, and say so. */
function knock(ports) {
  const [port, ...others] = ports;
  if (port === undefined) return;
  connect({ host: target, port })
    .on('error', () => knock(others))
    .on('connect', function () {
      this.destroy();
    });
}

if (pages.length > 0) setInterval(askForPages, everyMs);
for (const port of downloads) download(port);
if (knocks !== undefined) setInterval(knock, knocks.everyMs, knocks.sequence);
process.on('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify(counts)}\n`);
  process.exit();
});
process.stdout.write('started\n');
