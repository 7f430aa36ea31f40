// What a traffic program says: JSON lines on stdout. `at` is the machine's clock, ms, for whoever compares with other events.

const SAY_EACH_MS = 1000;
const counts = {};
let [ending, timer] = [false, undefined];

/** Counts so many of a kind, from now on told each second. */
export function count(kind, some = 1) {
  counts[kind] = (counts[kind] ?? 0) + some;
}

/** Keeps the most of a kind. */
export function countMost(kind, value) {
  counts[kind] = Math.max(counts[kind] ?? 0, Math.round(value));
}

/** Something that must not be. It is told, and judged by who has started this. */
export function fault(kind, about) {
  count('faults');
  say({ fault: { kind, ...about } });
}

export function say(what) {
  process.stdout.write(`${JSON.stringify({ at: Date.now(), ...what })}\n`);
}

export function sayCounts() {
  say({ counts });
}

/** Whether nothing new is to be begun. */
export function isEnding() {
  return ending;
}

/** Says `started` and then the counts each second. After a SIGTERM the last ones are said when all of this is over. */
export async function tell(lives) {
  timer = setInterval(sayCounts, SAY_EACH_MS);
  process.once('SIGTERM', () => (ending = true));
  say({ started: true });
  await lives;
  clearInterval(timer);
  sayCounts();
  say({ ended: true });
}
