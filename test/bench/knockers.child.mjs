// Knocks from many sources, and asks at the door until each is let in: a SYN of its own each time, so nothing waits for a
// retransmission. Says at its end, for each, the ms from its last SYN to the SYN that was answered by SYN+ACK's arrival.
// Argument: JSON of { link, sources, sequence, door, spacingMs, gapMs, askMs, patienceMs }, see test/bench/knockers.ts.
import { addressNumber, RawLink } from '../../libs/kernel/raw-link.fixture.mjs';

const { link: settings, sources, sequence, door, ...times } = JSON.parse(process.argv[2]);
const link = new RawLink({ ...settings, frames: 1, hears: true });
const FIRST_PORT = 20_000;
const SYN_ACK = 0x12;
const at = { protocol: 23, destination: 30, sourcePort: 34, flags: 47 };
const TCP = 6;

const startMs = performance.now();
const knockers = sources.map((source, i) => ({
  source: addressNumber(source),
  step: 0,
  // in no step with anything: knockd looks at what it has heard at steady intervals
  dueMs: startMs + (i + Math.random() / 2) * times.spacingMs,
  lastMs: undefined,
  sourcePort: FIRST_PORT + Math.floor(Math.random() * 20_000),
  tookMs: undefined,
}));
const bySource = new Map(knockers.map((knocker) => [knocker.source, knocker]));

let active = knockers;
while (active.length > 0) {
  const nowMs = performance.now();
  let nextMs = nowMs + 1000;
  for (const knocker of active) {
    if (knocker.dueMs <= nowMs) act(knocker);
    if (knocker.dueMs < nextMs) nextMs = knocker.dueMs;
  }
  if (link.wait(nextMs - performance.now())) for (let frame; (frame = link.receive()) !== undefined;) hear(frame);
  active = active.filter((knocker) => !isDone(knocker, performance.now()));
}
process.stdout.write(`${JSON.stringify(knockers.map(({ tookMs }) => tookMs ?? null))}\n`);

function act(knocker) {
  const asks = knocker.step === sequence.length;
  knocker.sourcePort += 1;
  const port = asks ? door : sequence[knocker.step];
  link.setSyn(0, knocker.source, knocker.sourcePort, port, Math.floor(Math.random() * 2 ** 32));
  const nowMs = performance.now();
  link.send(1);
  if (asks) {
    knocker.dueMs = nowMs + times.askMs;
    return;
  }
  knocker.step += 1;
  const isLast = knocker.step === sequence.length;
  if (isLast) knocker.lastMs = nowMs;
  knocker.dueMs = nowMs + (isLast ? 0 : times.gapMs);
}

function hear(frame) {
  if (frame[at.protocol] !== TCP || frame[at.flags] !== SYN_ACK || frame.readUInt16BE(at.sourcePort) !== door) return;
  const knocker = bySource.get(frame.readUInt32BE(at.destination));
  if (knocker?.lastMs !== undefined) knocker.tookMs ??= performance.now() - knocker.lastMs;
}

function isDone({ tookMs, lastMs }, nowMs) {
  return tookMs !== undefined || (lastMs !== undefined && nowMs - lastMs > times.patienceMs);
}
