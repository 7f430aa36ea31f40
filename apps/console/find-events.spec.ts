import { describe, expect, it } from 'vitest';
import type { HistoryPage, TrailEntry } from '#grants';
import { type EventFilter, findEvents } from './find-events.js';

const entry = (id: string, fields: Record<string, string> = {}, door = 'HTTP'): TrailEntry => ({
  door,
  id,
  fields: { event: 'stage', at: '2026-01-01T00:00:00.000Z', ip: '203.0.113.7', ...fields },
});

/** Newest first, like a store: entries of one id are not torn apart. */
const trail =
  (entries: readonly TrailEntry[]) =>
  ({ count, before }: HistoryPage): Promise<TrailEntry[]> => {
    const start = before === undefined ? 0 : entries.findLastIndex(({ id }) => id === before) + 1;
    const last = entries[start + count - 1];
    const end = last === undefined ? entries.length : entries.findLastIndex(({ id }) => id === last.id) + 1;
    return Promise.resolve(entries.slice(start, end));
  };

async function pages(entries: readonly TrailEntry[], limit: number, filter: EventFilter = {}): Promise<string[][]> {
  const found: string[][] = [];
  for (let before: string | undefined; ;) {
    const page = await findEvents(trail(entries), { before, limit, ...filter });
    found.push(page.events.map(({ id, door }) => `${door} ${id}`));
    if (page.before === undefined) return found;
    before = page.before;
  }
}

describe('findEvents', () => {
  it('has the fields as they are in Redis, numbers as numbers', async () => {
    const { events } = await findEvents(trail([entry('5-0', { stage: '2', of: '4' })]), {
      before: undefined,
      limit: 9,
    });
    expect(events).toEqual([
      { id: '5-0', door: 'HTTP', event: 'stage', at: '2026-01-01T00:00:00.000Z', ip: '203.0.113.7', stage: 2, of: 4 },
    ]);
  });

  it('turns page after page', async () => {
    const entries = ['5-0', '4-1', '4-0', '3-0', '2-0'].map((id) => entry(id));
    expect((await pages(entries, 2)).flat()).toEqual(entries.map(({ id }) => `HTTP ${id}`));
    expect((await pages(entries, 2))[0]).toEqual(['HTTP 5-0', 'HTTP 4-1']);
  });

  it('does not lose one of two entries with one id', async () => {
    const entries = [entry('5-0'), entry('5-0', {}, 'SSH'), entry('4-0')];
    for (const filter of [{}, { event: 'stage' }]) {
      expect((await pages(entries, 1, filter)).flat()).toEqual(['HTTP 5-0', 'SSH 5-0', 'HTTP 4-0']);
    }
  });

  it.each([
    [{ ip: '2001:db8::1' }, 'HTTP 3-0'],
    [{ event: 'opened' }, 'HTTP 2-0'],
    [{ q: 'KNOCKGATE REV' }, 'HTTP 1-0'],
    [{ q: '2001' }, 'HTTP 3-0'],
  ])('%j', async (filter, found) => {
    const entries = [
      entry('4-0'),
      entry('3-0', { ip: '2001:db8::1' }),
      entry('2-0', { event: 'opened' }),
      entry('1-0', { by: 'knockgate revoke' }),
    ];
    expect((await pages(entries, 10, filter)).flat()).toEqual([found]);
  });

  it('looks at no more than a part of a long trail at once, and goes on there', async () => {
    const entries = Array.from({ length: 50_000 }, (_, i) =>
      entry(`${50_000 - i}-0`, i === 45_000 ? { event: 'x' } : {}),
    );
    const found = await pages(entries, 10, { event: 'x' });
    expect(found).toEqual([[], [], ['HTTP 5000-0']]);
  });
});
