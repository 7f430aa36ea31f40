import { describe, expect, it } from 'vitest';
import { type ByDoor, changeByDoor } from './by-door.js';

interface Item {
  readonly door: string;
  readonly ip: string;
  readonly n?: number;
}

const start: ByDoor<Item> = changeByDoor<Item>(new Map(), {
  put: [
    { door: 'A', ip: '1' },
    { door: 'A', ip: '2' },
    { door: 'B', ip: '1' },
  ],
  gone: [],
});

describe('changeByDoor', () => {
  it('puts what is new first', () => {
    expect(start.get('A')).toEqual([
      { door: 'A', ip: '2' },
      { door: 'A', ip: '1' },
    ]);
  });

  it('changes in place, and leaves the other doors as they are', () => {
    const next = changeByDoor(start, { put: [{ door: 'A', ip: '1', n: 2 }], gone: [] });
    expect(next.get('A')).toEqual([
      { door: 'A', ip: '2' },
      { door: 'A', ip: '1', n: 2 },
    ]);
    expect(next.get('B')).toBe(start.get('B'));
  });

  it('takes away what is gone, of that door only', () => {
    const next = changeByDoor(start, { put: [], gone: [{ door: 'A', ip: '1' }] });
    expect(next.get('A')).toEqual([{ door: 'A', ip: '2' }]);
    expect(next.get('B')).toEqual([{ door: 'B', ip: '1' }]);
  });

  it('keeps what ended and came again within one message', () => {
    const next = changeByDoor(start, { put: [{ door: 'A', ip: '1', n: 3 }], gone: [{ door: 'A', ip: '1' }] });
    expect(next.get('A')).toContainEqual({ door: 'A', ip: '1', n: 3 });
    expect(next.get('A')).toHaveLength(2);
  });

  it('is the same object when nothing changes', () => {
    expect(changeByDoor(start, { put: [], gone: [] })).toBe(start);
    expect(changeByDoor(start, { put: [], gone: [{ door: 'A', ip: '9' }] }).get('A')).toBe(start.get('A'));
  });
});
