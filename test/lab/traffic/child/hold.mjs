import { count, countMost } from './report.mjs';

/**
 * Sends through an open connection what must come back the same, again and again, until the connection ends; and judges the end.
 * @param what it is, in words
 * @param line {send(bytes), onBytes(take), onEnd(ended), destroy()}
 */
export function hold(what, line, { paceMs, random, stay }) {
  return new Promise((resolve) => {
    let sent = 0;
    let back = 0;
    let expected = []; // what has not come back yet
    let isOver = false;
    const over = (judge) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      clearInterval(limit);
      judge();
      line.destroy();
      resolve();
    };
    const next = () => {
      // one that is not taken for long is not sent more
      if (expected.length < 4) {
        const bytes = patterned(random, 1 + random.below(16_384));
        expected.push(bytes);
        sent += bytes.length;
        line.send(bytes);
      }
      timer = setTimeout(next, random.below(2 * paceMs));
    };
    let timer = setTimeout(next, 0);
    const limit = setInterval(() => {
      if (stay.mustHaveEnded) over(() => stay.late(what));
    }, 1000);
    line.onBytes((bytes) => {
      if (isOver) return;
      back += bytes.length;
      count('bytes', bytes.length);
      expected = taken(expected, bytes);
      if (expected === undefined) over(() => stay.wrong(what, `other bytes than were sent, at ${back} of ${sent}`));
      else count('echoes');
    });
    line.onEnd((why) => {
      over(() => {
        if (!stay.mayEnd) stay.lost(what, why);
        else countMost('latestEndMs', stay.lateMs);
      });
    });
  });
}

/** What is still expected once these have come; undefined if they are not what was. */
function taken(expected, bytes) {
  const all = Buffer.concat(expected);
  if (!all.subarray(0, bytes.length).equals(bytes)) return undefined;
  const rest = all.subarray(bytes.length);
  return rest.length === 0 ? [] : [rest];
}

function patterned(random, length) {
  const bytes = Buffer.allocUnsafe(length);
  const start = random.below(251);
  for (let i = 0; i < length; i += 1) bytes[i] = (start + i * 7) & 0xff;
  return bytes;
}
