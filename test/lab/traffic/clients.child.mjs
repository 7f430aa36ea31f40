// Clients that knock, do what their door is for until the grant ends or is revoked, and knock again. What must not be is told.
// Argument: JSON of { targets, sources, doors, files, pace, seed }, see test/lab/traffic/clients.ts.
import { isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { attempt } from './child/attempt.mjs';
import { echo } from './child/echo.mjs';
import { knock } from './child/knock.mjs';
import { pages } from './child/pages.mjs';
import { Random } from './child/random.mjs';
import { count, countMost, fault, isEnding, say, tell } from './child/report.mjs';
import { Stay } from './child/stay.mjs';
import { websocket } from './child/websocket.mjs';

const DEEDS = { pages, websocket, echo };
/** A lost SYN must not count as a door that does not open: a person would knock again. */
const KNOCKS = 4;
const LET_IN_WITHIN_MS = 3000;
const ASK_EACH_MS = 50;
const SHUT_WITHIN_MS = 8000;
/** Whoever is told to revoke has done it by then, or failed. */
const REVOKED_WITHIN_MS = 35_000;
const ENDINGS = ['expires', 'expires', 'revoked', 'revoked', 'extended'];

const { targets, sources, doors, files, pace, seed } = JSON.parse(process.argv[2]);

await tell(Promise.all(sources.map((source, index) => live(source, new Random(seed + index * 7919)))));

async function live(source, random) {
  const host = isIPv6(source) ? targets.address6 : targets.address;
  const shunned = new Map();
  await delay(random.below(pace.restMs)); // not all at once
  while (!isEnding()) {
    const open = doors.filter(({ name }) => !(shunned.get(name) > performance.now()));
    if (open.length > 0) {
      const door = random.of(open);
      const stay = await visit({ host, source, door, ending: random.of(ENDINGS), random });
      // the next grant there must not meet what was meant for this one
      if (stay?.mayBeRevokedStill === true) shunned.set(door.name, performance.now() + REVOKED_WITHIN_MS);
    }
    for (let left = random.below(2 * pace.restMs); left > 0 && !isEnding(); left -= 200) await delay(200);
  }
}

async function visit({ host, source, door, ending: how, random }) {
  const { name, kind, port, openMs } = door;
  const at = { host, port, source };
  const about = { door: name, source };
  const stay = await letIn({ ...at, door, about });
  if (stay === undefined) return undefined;
  count('visits');
  let changing = Promise.resolve();
  const change = () => {
    changing = changeGrant();
  };
  const timer = setTimeout(change, openMs * (0.2 + random.below(60) / 100));
  await DEEDS[kind]({ ...at, files, paceMs: pace[kind], random, stay });
  clearTimeout(timer);
  await changing; // what is left of a knock would open it again
  await expectShut({ ...at, about, stay });
  return stay;

  async function changeGrant() {
    if (how === 'revoked') {
      stay.revoked();
      count('revoked');
      say({ revoke: about });
    } else if (how === 'extended') {
      count('extended');
      stay.perhapsUntil(Number.POSITIVE_INFINITY);
      await knock({ host, source, sequence: door.sequence });
      stay.latestMs = performance.now() + openMs;
    }
  }
}

/** Knocks until the door is open. Undefined: it is not, which has been told. */
async function letIn({ host, port, source, door, about }) {
  for (let round = 0; round < KNOCKS && !isEnding(); round += 1) {
    const begunMs = performance.now();
    await knock({ host, source, sequence: door.sequence });
    const knockedMs = performance.now();
    count(round === 0 ? 'knocks' : 'knockedAgain');
    while (performance.now() - knockedMs < LET_IN_WITHIN_MS) {
      const { socket } = await attempt({ host, port, source, withinMs: 1000 });
      if (socket !== undefined) {
        socket.destroy();
        countMost('slowestOpenMs', performance.now() - knockedMs);
        // Not before the last knock was sent; how late it was heard is not known, but before now.
        return new Stay(about, begunMs + door.openMs, performance.now() + door.openMs);
      }
      await delay(ASK_EACH_MS);
    }
  }
  if (!isEnding()) fault('not-let-in', about);
  return undefined;
}

/** What it held has ended, or this very stay is over: soon the port must be shut as well. */
async function expectShut({ host, port, source, about, stay }) {
  for (;;) {
    const { socket } = await attempt({ host, port, source, withinMs: 1000 });
    socket?.destroy();
    if (socket === undefined) return;
    if (performance.now() > stay.latestMs + SHUT_WITHIN_MS) {
      fault('open-after-end', about);
      return;
    }
    await delay(ASK_EACH_MS);
  }
}
