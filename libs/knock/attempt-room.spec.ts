import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Address } from '#address';
import { AttemptRoom, NONE } from './attempt-room.js';

const source = (d: number): Address => ({ a: 0, b: 0, c: 0xffff, d });
const NOW_MS = 1000;
const attempt = { startedMs: 1, stage: 1, fingerprint: 7, notes: 0 };

describe('AttemptRoom', () => {
  it('finds what was put, with its stage, time and fingerprint', () => {
    const room = new AttemptRoom(4, 1);
    room.put(source(9), { startedMs: 12.5, stage: 2, fingerprint: 0xffffffff, notes: 1 });
    const slot = room.find(source(9));
    expect([room.stageOf(slot), room.startedMsOf(slot, 13), room.fingerprintOf(slot)]).toEqual([2, 12, 0xffffffff]);
    room.countNote(slot);
    expect(room.notesOf(slot)).toBe(2);
    expect(room.sourceOf(slot)).toEqual(source(9));
    expect(room.find(source(8))).toBe(NONE);
  });

  it.each([
    ['a process of 49 days and more', 2 ** 32 + 1000.9, 2 ** 32 + 6000.1],
    ['an attempt over the turn of those days', 2 ** 32 - 1000.5, 2 ** 32 + 4000],
    ['two looks in one millisecond', 70.9, 70.9],
  ])('knows the time of %s', (_, startedMs, nowMs) => {
    const room = new AttemptRoom(1, 1);
    room.put(source(9), { ...attempt, startedMs });
    expect(room.startedMsOf(room.find(source(9)), nowMs)).toBe(Math.floor(startedMs));
  });

  it('lets the oldest make room when it is full', () => {
    const room = new AttemptRoom(3, 1);
    for (const d of [1, 2, 3, 4]) room.put(source(d), attempt);
    expect([1, 2, 3, 4].map((d) => room.find(source(d)) !== NONE)).toEqual([false, true, true, true]);
    expect(room.size).toBe(3);
  });

  it('keeps a million attempts in at most 47 MB', () => {
    expect(new AttemptRoom(1_000_000, 1).maxBytes).toBeLessThanOrEqual(47_000_000);
  });

  it('tells IPv6 sources apart by each of their words', () => {
    const room = new AttemptRoom(8, 3);
    room.put({ a: 1, b: 2, c: 3, d: 4 }, attempt);
    for (const other of [
      { a: 9, b: 2, c: 3, d: 4 },
      { a: 1, b: 9, c: 3, d: 4 },
      { a: 1, b: 2, c: 9, d: 4 },
    ]) {
      expect(room.find(other)).toBe(NONE);
    }
  });

  it('behaves as an insertion-ordered map of bounded size, whatever is put and removed', () => {
    const operation = fc.record({ d: fc.nat(20), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), fc.integer({ min: 1, max: 8 }), (operations, capacity) => {
        const room = new AttemptRoom(capacity, 42);
        const model = new Map<number, number>();
        for (const [i, { d, remove }] of operations.entries()) {
          const slot = room.find(source(d));
          expect(slot !== NONE).toBe(model.has(d));
          if (slot !== NONE && remove) {
            room.remove(slot);
            model.delete(d);
          } else if (slot === NONE) {
            if (model.size === capacity) model.delete([...model.keys()][0]!);
            room.put(source(d), { ...attempt, startedMs: i });
            model.set(d, i);
          }
          expect(inOrder(room)).toEqual([...model]);
          expect(room.size).toBe(model.size);
        }
      }),
    );
  });
});

function inOrder(room: AttemptRoom): [number, number][] {
  const found: [number, number][] = [];
  for (let slot = room.first(); slot !== NONE; slot = room.next(slot)) {
    found.push([room.sourceOf(slot).d, room.startedMsOf(slot, NOW_MS)]);
  }
  return found;
}
