import type { TrailEntry } from '#grants';
import { oneLine } from '#telemetry';
import type { Colour, Paint } from '../terminal/paint.js';
import { type Tone, trailText } from './trail-text.js';

const COLOURS: Readonly<Record<Tone, Colour | undefined>> = {
  good: 'green',
  over: 'cyan',
  failed: 'yellow',
  step: undefined,
};
/** Of most IPv4 addresses; a longer one pushes the text aside. */
const IP_WIDTH = 15;

/** A line for people. SECURITY: whoever can write to Redis could send this terminal commands: they are written out. */
export function trailLine({ door, fields }: TrailEntry, doorWidth: number, paint: Paint): string {
  const { at = '', ip = '' } = fields;
  const { tone, text } = trailText(fields);
  const colour = COLOURS[tone];
  const words = oneLine(text);
  const source = paint('bold', oneLine(ip).padEnd(IP_WIDTH));
  const shown = colour === undefined ? words : paint(colour, words);
  return `${paint('dim', oneLine(at))}  ${door.padEnd(doorWidth)}  ${source}  ${shown}`;
}

/** What is a number in the stream's texts. */
const NUMBERS: ReadonlySet<string> = new Set(['stage', 'of', 'ttl']);

/** The entry for a script: its place, then the fields as they are in Redis. */
export function trailJson({ door, id, fields }: TrailEntry): string {
  const typed = Object.entries(fields).map(([name, value]) => [name, NUMBERS.has(name) ? Number(value) : value]);
  return JSON.stringify({ door, id, ...Object.fromEntries(typed) });
}
