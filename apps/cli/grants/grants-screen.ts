import type { Grant } from '#grants';
import { oneLine } from '#telemetry';
import type { ScreenSize } from '../terminal/live-screen.js';
import type { Colour, Paint } from '../terminal/paint.js';
import { table } from '../terminal/table.js';

export interface GrantsView {
  /** Undefined before the store has told them. */
  readonly grants: Iterable<Grant> | undefined;
  readonly doors: readonly string[];
  /** On the clock of the grants' deadlines. */
  readonly nowMs: number;
  /** What is wrong, and so what is seen cannot be relied on. */
  readonly fault: string | undefined;
  readonly paint: Paint;
}

const HINT = 'Ctrl-C ends';
/** Title, an empty line, the heading. */
const HEAD = 3;
/** An empty line and the hint. */
const FOOT = 2;
const BAR_WIDTH = 12;
/** Seconds left at which a grant is shown to be almost over. */
const ALMOST_OVER_S = 10;
const LEFT_COLUMN = 2;

/** The live grants, those that end soonest first, as many as there is room for. SECURITY: texts from Redis are written out. */
export function grantsScreen({ rows, columns }: ScreenSize, view: GrantsView): string[] {
  const { paint, fault, nowMs } = view;
  const live = [...(view.grants ?? [])].filter(({ deadlineMs }) => deadlineMs > nowMs);
  live.sort((x, y) => x.deadlineMs - y.deadlineMs);
  const room = rows - HEAD - FOOT;
  const shown = live.length > room ? live.slice(0, Math.max(0, room - 1)) : live;
  const more = live.length - shown.length;
  const cut = (text: string): string => text.slice(0, columns);
  const lines = [
    paint('bold', cut(title(live, view.doors))),
    fault === undefined ? '' : paint('red', cut(`store: ${oneLine(fault)}; waiting for it`)),
  ];
  if (live.length === 0) lines.push(paint('dim', view.grants === undefined ? 'asking the store' : 'nobody is in'));
  if (shown.length > 0) lines.push(...body(shown, view, cut));
  if (more > 0)
    lines.push(paint('dim', cut(shown.length > 0 ? `… and ${more} more, which end later` : `${more} grants`)));
  if (lines.length + FOOT <= rows) lines.push('', paint('dim', cut(HINT)));
  return lines.slice(0, rows);
}

function title(live: readonly Grant[], doors: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const { door } of live) counts.set(door, (counts.get(door) ?? 0) + 1);
  const each = doors.map((door) => `${door} ${counts.get(door) ?? 0}`).join(' · ');
  return `${live.length} live ${live.length === 1 ? 'grant' : 'grants'}: ${each}`;
}

function body(grants: readonly Grant[], { nowMs, paint }: GrantsView, cut: (text: string) => string): string[] {
  const heading = ['DOOR', 'IP', 'LEFT', 'GRANTED', 'METHOD', 'BY'];
  const cells = grants.map((each) =>
    [each.door, each.ip, left(each, nowMs), each.grantedAt, each.method, each.listener].map(oneLine),
  );
  const [first, ...lines] = table([heading, ...cells]).map(cut);
  const at = columnStart(heading, cells);
  return [paint('dim', first!), ...lines.map((line, i) => paintLeft(line, at, grants[i]!, { nowMs, paint }))];
}

/** `41s ██████████·· ` */
function left(grant: Grant, nowMs: number): string {
  const seconds = `${secondsLeft(grant, nowMs)}s`.padStart(5);
  const share = shareLeft(grant, nowMs);
  if (share === undefined) return seconds;
  const full = Math.ceil(share * BAR_WIDTH);
  return `${seconds} ${'█'.repeat(full)}${'·'.repeat(BAR_WIDTH - full)}`;
}

function secondsLeft({ deadlineMs }: Grant, nowMs: number): number {
  return Math.ceil((deadlineMs - nowMs) / 1000);
}

/** Of the time from grant to end; undefined where somebody made the key by hand, without times. */
function shareLeft({ deadlineMs, grantedAt, expiresAt }: Grant, nowMs: number): number | undefined {
  const totalMs = Date.parse(expiresAt) - Date.parse(grantedAt);
  return totalMs > 0 ? Math.min(1, (deadlineMs - nowMs) / totalMs) : undefined;
}

function columnStart(heading: readonly string[], cells: readonly (readonly string[])[]): number {
  const before = [heading, ...cells];
  let start = 0;
  for (let i = 0; i < LEFT_COLUMN; i += 1) start += Math.max(...before.map((row) => row[i]!.length)) + 2;
  return start;
}

function paintLeft(
  line: string,
  at: number,
  grant: Grant,
  { nowMs, paint }: Pick<GrantsView, 'nowMs' | 'paint'>,
): string {
  const end = at + left(grant, nowMs).length;
  const part = line.slice(at, end);
  if (part === '') return line;
  return line.slice(0, at) + paint(colourOf(grant, nowMs), part) + line.slice(end);
}

function colourOf(grant: Grant, nowMs: number): Colour {
  if (secondsLeft(grant, nowMs) <= ALMOST_OVER_S) return 'red';
  return (shareLeft(grant, nowMs) ?? 1) < 1 / 3 ? 'yellow' : 'green';
}
