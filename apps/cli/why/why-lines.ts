import type { SourcesAnswer, WhyAnswer, WhyEntry, WhyVerdict } from '../../listener/index.js';
import type { Colour, Paint } from '../terminal/paint.js';
import { table } from '../terminal/table.js';
import { spanText } from './span-text.js';
import { stepText } from './step-text.js';
import { verdictText } from './verdict-text.js';

/** Rows of a table, at most. */
const MAX_ROWS = 60;

const GOOD: ReadonlySet<WhyVerdict> = new Set(['advanced', 'completed', 'opened', 'extended']);
const INDIFFERENT: ReadonlySet<WhyVerdict> = new Set(['repeat', 'ignored_port', 'served_port', 'stray']);

/** What one listener has heard of a source, as a table. */
export function* whyLines({ listener, ip, entries }: WhyAnswer, paint: Paint): Generator<string> {
  yield paint('bold', `${ip}, as heard by process ${listener.pid} on ${listener.host} (${listener.capture})`);
  const shown = entries.slice(-MAX_ROWS);
  const earlier = entries.length - shown.length;
  if (earlier > 0) yield `${earlier} earlier packets are left out; --json has them`;
  const steps = new Map(listener.doors.map(({ name, sequence }) => [name, sequence.length]));
  const rows = shown.map((entry, i) => [
    clock(entry.at),
    i === 0 ? '' : `+${spanText(Math.max(0, shown[i - 1]!.ago_ms - entry.ago_ms))}`,
    entry.door ?? '-',
    entry.got === null ? '-' : stepText(entry.got),
    entry.expected === null ? '-' : stepText(entry.expected),
    coloured(entry, steps.get(entry.door ?? ''), paint),
  ]);
  yield* table([['TIME', 'GAP', 'DOOR', 'GOT', 'EXPECTED', 'VERDICT'], ...rows]);
}

/** Who was heard lately. */
export function* sourcesLines({ listener, sources }: SourcesAnswer, paint: Paint): Generator<string> {
  yield paint('bold', `heard by process ${listener.pid} on ${listener.host} (${listener.capture})`);
  const steps = new Map(listener.doors.map(({ name, sequence }) => [name, sequence.length]));
  const rows = sources.map(({ ip, last }) => [
    ip,
    `${spanText(last.ago_ms)} ago`,
    last.door ?? '-',
    coloured(last, steps.get(last.door ?? ''), paint),
  ]);
  yield* table([['IP', 'HEARD', 'DOOR', 'VERDICT'], ...rows]);
}

function coloured(entry: WhyEntry, of: number | undefined, paint: Paint): string {
  return paint(colourOf(entry.verdict), verdictText(entry, of === 0 ? undefined : of));
}

function colourOf(verdict: WhyVerdict): Colour {
  if (GOOD.has(verdict)) return 'green';
  return INDIFFERENT.has(verdict) ? 'dim' : 'red';
}

/** Of this host's day. */
function clock(at: string): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
