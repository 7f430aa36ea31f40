// SYNs under spoofed sources, no two alike up to 2^24, at a steady rate; bounded in count. Says at its end what it did.
// Argument: JSON of { link, ports, perSecond, count }, see test/lab/traffic/spoofed-flood.ts.
import { addressNumber, RawLink } from '../../../libs/kernel/raw-link.fixture.mjs';

const FRAMES = 64; // with one system call
const SOURCES = { first: addressNumber('11.0.0.0'), mask: 0xffffff }; // no route leads there, out of a lab
const SCATTER = 0x9e3779b1; // odd: times this is a permutation
const PAUSE_MS = 0.5;

const { link: settings, ports, perSecond, count } = JSON.parse(process.argv[2]);
const link = new RawLink({ ...settings, frames: FRAMES, hears: false });
let [sent, ended] = [0, false];
process.on('SIGTERM', () => (ended = true));

const startMs = performance.now();
process.stdout.write('floods\n');
turn();

function turn() {
  const untilMs = performance.now() + 50; // then signals are looked at
  while (sent < count && performance.now() < untilMs) {
    const due = Math.min(count, Math.floor(((performance.now() - startMs) / 1000) * perSecond)) - sent;
    if (due <= 0) link.wait(PAUSE_MS);
    else sendSome(Math.min(FRAMES, due));
  }
  if (sent < count && !ended) setImmediate(turn);
  else process.stdout.write(`${JSON.stringify({ sent, seconds: (performance.now() - startMs) / 1000 })}\n`);
}

function sendSome(some) {
  for (let i = 0; i < some; i += 1) {
    const number = sent + i;
    const source = SOURCES.first + (Math.imul(number, SCATTER) & SOURCES.mask);
    link.setSyn(i, source, 1024 + (number & 0x7fff), ports[number % ports.length], number);
  }
  sent += link.send(some);
}
