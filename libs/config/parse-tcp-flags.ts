import type { FlagRule } from '#knock';
import { TcpFlag } from '#wire';
import { type Flaw, ok, type Parsed, wrong } from './parsed.js';

const BITS: ReadonlyMap<string, number> = new Map([
  ['fin', TcpFlag.FIN],
  ['syn', TcpFlag.SYN],
  ['rst', TcpFlag.RST],
  ['psh', TcpFlag.PSH],
  ['ack', TcpFlag.ACK],
  ['urg', TcpFlag.URG],
]);

/** What knockd does without TCPFlags: every TCP packet counts. */
export const ANY_FLAGS: FlagRule = { set: 0, clear: 0 };

/** knockd's TCPFlags (knockd(1)): `syn`, `syn,!ack`. Unlike in knockd spaces are free and a contradiction is a flaw. */
export function parseTcpFlags(text: string): Parsed<FlagRule> {
  const words = text.split(',').map((word) => word.trim().toLowerCase());
  const flaws: Flaw[] = [];
  let set = 0;
  let clear = 0;
  for (const [index, word] of words.entries()) {
    const excluded = word.startsWith('!');
    const bit = BITS.get(excluded ? word.slice(1).trim() : word);
    if (bit === undefined) flaws.push(notAFlag(`word ${index + 1} of ${words.length}`));
    else if (excluded) clear |= bit;
    else set |= bit;
  }
  if ((set & clear) !== 0) flaws.push(contradiction(set & clear));
  return flaws.length === 0 ? ok({ set, clear }) : wrong(...flaws);
}

function notAFlag(which: string): Flaw {
  return {
    what: `${which} is not a TCP flag`,
    instead: `use ${[...BITS.keys()].join(', ')}; a ! before one excludes it`,
  };
}

function contradiction(both: number): Flaw {
  const names = [...BITS].filter(([, bit]) => (bit & both) !== 0).map(([name]) => name);
  return { what: `${names.join(', ')} is both wanted and excluded`, instead: 'keep one of the two' };
}
