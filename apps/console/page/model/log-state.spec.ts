import { describe, expect, it } from 'vitest';
import type { TrailEvent } from './api-types.js';
import { anyEvent } from './event-filter.js';
import { type LogAction, type LogState, MAX_EVENTS, initialLog, reduceLog } from './log-state.js';

const event = (n: number, more: Partial<TrailEvent> = {}): TrailEvent => ({
  id: `${n}-0`,
  door: 'HTTP',
  at: '2026-11-28T10:00:00.000Z',
  event: 'stage',
  ip: '192.0.2.1',
  ...more,
});
/** Newest first. */
const events = (newest: number, oldest: number) =>
  Array.from({ length: newest - oldest + 1 }, (_, i) => event(newest - i));

const play = (...actions: LogAction[]): LogState => actions.reduce(reduceLog, initialLog);
const ids = ({ events: shown }: LogState) => shown.map(({ id }) => Number(id.split('-')[0]));
const firstPage = (newest: number, oldest: number, before?: string): LogAction => ({
  type: 'page',
  page: { events: events(newest, oldest), ...(before === undefined ? {} : { before }) },
  turn: 0,
  before: undefined,
});

describe('reduceLog', () => {
  it('has the newest first, each once, live or asked for', () => {
    const log = play({ type: 'live', events: [event(4), event(5)] }, firstPage(4, 2), {
      type: 'live',
      events: [event(6)],
    });
    expect(ids(log)).toEqual([6, 5, 4, 3, 2]);
    expect(log.older).toEqual({ kind: 'none' });
  });

  it('keeps 2,000 and knows where those before them begin', () => {
    const log = play(firstPage(1000, 1), { type: 'live', events: events(2500, 1001) });
    expect(ids(log)).toHaveLength(MAX_EVENTS);
    expect(ids(log)[0]).toBe(2500);
    expect(log.older).toEqual({ kind: 'more', before: '501-0' });
  });

  it('paused: holds back what comes, then shows it', () => {
    const paused = play(firstPage(3, 1), { type: 'pause' }, { type: 'live', events: [event(5), event(4)] });
    expect([ids(paused), paused.held.length]).toEqual([[3, 2, 1], 2]);
    const resumed = reduceLog(paused, { type: 'resume' });
    expect([ids(resumed), resumed.held]).toEqual([[5, 4, 3, 2, 1], []]);
  });

  it('holds back no more than 2,000', () => {
    const log = play({ type: 'pause' }, { type: 'live', events: events(9000, 1) });
    expect(log.held).toHaveLength(MAX_EVENTS);
    expect(log.held[0]!.id).toBe('9000-0');
  });

  it('loads older ones; those for which there is no room go at the top, and are asked for again later', () => {
    const full = play(firstPage(5000, 3001, '3001-0'));
    const page = { events: events(3000, 2801), before: '2801-0' };
    const older = reduceLog(full, { type: 'page', page, turn: 0, before: '3001-0' });
    expect([ids(older)[0], ids(older).at(-1), older.events.length]).toEqual([4800, 2801, MAX_EVENTS]);
    expect([older.paused, older.topless]).toEqual([true, true]);
    expect(reduceLog(older, { type: 'resume' })).toMatchObject({ older: { kind: 'unasked' }, paused: false, turn: 1 });
  });

  it('a filter acts at once on what is known, then asks', () => {
    const ssh = event(7, { door: 'SSH' });
    const log = play(
      firstPage(3, 1),
      { type: 'live', events: [ssh] },
      { type: 'filter', filter: { ...anyEvent, door: 'SSH' } },
    );
    expect(log).toMatchObject({ events: [ssh], older: { kind: 'unasked' }, turn: 1 });
    expect(ids(reduceLog(log, { type: 'live', events: [event(8)] }))).toEqual([7]);
  });

  it('takes no answer to an earlier filter', () => {
    const log = play({ type: 'filter', filter: { ...anyEvent, door: 'SSH' } });
    expect(reduceLog(log, firstPage(3, 1))).toBe(log);
    expect(reduceLog(log, { type: 'failed', error: 'no', turn: 0, before: undefined })).toBe(log);
  });

  it('has no hole after the filter is taken off: what is older than the newest page is asked for', () => {
    const old = event(1, { door: 'SSH' });
    const wide = play(
      { type: 'live', events: [old] },
      { type: 'filter', filter: { ...anyEvent, door: 'SSH' } },
      { type: 'filter', filter: anyEvent },
    );
    const page = { events: events(9, 5), before: '5-0' };
    expect(ids(reduceLog(wide, { type: 'page', page, turn: 2, before: undefined }))).toEqual([9, 8, 7, 6, 5]);
  });

  it('a stream that was lost: asks again, when the reader goes on', () => {
    expect(play(firstPage(3, 1), { type: 'restart' })).toMatchObject({ older: { kind: 'unasked' }, turn: 1 });
    const paused = play(firstPage(3, 1), { type: 'pause' }, { type: 'restart' });
    expect(ids(paused)).toEqual([3, 2, 1]);
    expect(reduceLog(paused, { type: 'resume' })).toMatchObject({ older: { kind: 'unasked' } });
  });

  it('keeps why older ones could not be had, and where they begin', () => {
    const log = play(
      firstPage(3, 2, '2-0'),
      { type: 'asking' },
      { type: 'failed', error: 'store away', turn: 0, before: '2-0' },
    );
    expect(log.older).toEqual({ kind: 'failed', error: 'store away', before: '2-0' });
  });
});
