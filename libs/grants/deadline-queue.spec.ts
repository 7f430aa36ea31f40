import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeadlineQueue, NOWHERE, type Waiting } from './deadline-queue.js';

interface Named extends Waiting {
  readonly name: number;
}

describe('DeadlineQueue', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const waiting = (name: number, inMs: number): Named => ({
    name,
    deadlineMs: performance.now() + inMs,
    place: NOWHERE,
  });

  it('calls back at each deadline, soonest first, and for nothing that was taken out', () => {
    const inMs = fc.integer({ min: 0, max: 50 });
    const cases = fc.array(fc.record({ inMs, removed: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(cases, (entries) => {
        const start = performance.now();
        const reached: [name: number, atMs: number][] = [];
        const queue = new DeadlineQueue<Named>(({ name }) => reached.push([name, performance.now() - start]));
        const all = entries.map((entry, name) => waiting(name, entry.inMs));
        for (const one of all) queue.add(one);
        for (const [name, { removed }] of entries.entries()) if (removed) queue.remove(all[name]!);
        vi.advanceTimersByTime(100);
        const due = entries.flatMap((entry, name) => (entry.removed ? [] : [[name, entry.inMs]]));
        expect(reached.map(([, atMs]) => atMs)).toEqual(reached.map(([, atMs]) => atMs).toSorted((a, b) => a - b));
        expect(reached.toSorted(([a], [b]) => a - b)).toEqual(due);
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });

  it('whatever is put off, brought forward and taken out while time passes: each at its last deadline', () => {
    const names = fc.nat({ max: 11 });
    const step = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), name: names, inMs: fc.nat({ max: 30 }) }),
      fc.record({ kind: fc.constant('remove' as const), name: names }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.nat({ max: 10 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const reached: string[] = [];
        const expected: string[] = [];
        const now = (): number => performance.now();
        const queue = new DeadlineQueue<Named>(({ name }) => reached.push(`${name} at ${now()}`));
        const all = new Map<number, Named>();
        const last = new Map<number, number>();
        const pass = (ms: number): void => {
          for (const [name, deadlineMs] of last) {
            if (deadlineMs > now() + ms) continue;
            expected.push(`${name} at ${deadlineMs}`);
            last.delete(name);
          }
          vi.advanceTimersByTime(ms);
        };
        for (const each of steps) {
          if (each.kind === 'pass') {
            pass(each.ms + 1);
            continue;
          }
          const known = all.get(each.name);
          if (known !== undefined) queue.remove(known);
          last.delete(each.name);
          if (each.kind === 'remove') continue;
          const next = waiting(each.name, each.inMs);
          all.set(each.name, next);
          last.set(each.name, next.deadlineMs);
          queue.add(next);
        }
        pass(100);
        expect(reached.toSorted()).toEqual(expected.toSorted());
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });

  it('bears a deadline beyond what a timer can wait for, behind sooner ones and alone', () => {
    const reached: number[] = [];
    const queue = new DeadlineQueue<Named>(({ name }) => reached.push(name));
    const day = 86_400_000;
    for (const [name, days] of [40, 1, 60].entries()) queue.add(waiting(name, days * day));
    vi.advanceTimersByTime(40 * day - 1);
    expect(reached).toEqual([1]);
    vi.advanceTimersByTime(1);
    expect(reached).toEqual([1, 0]);
    vi.advanceTimersByTime(20 * day);
    expect([reached, vi.getTimerCount()]).toEqual([[1, 0, 2], 0]);
  });

  it('has one timer for all, and none once it is cleared', () => {
    const reached: number[] = [];
    const queue = new DeadlineQueue<Named>(({ name }) => reached.push(name));
    for (const name of [3, 1, 2]) queue.add(waiting(name, name * 1000));
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1000);
    expect([reached, vi.getTimerCount()]).toEqual([[1], 1]);
    queue.clear();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(5000);
    expect(reached).toEqual([1]);
  });

  it('bears that a callback adds and takes out', () => {
    const reached: number[] = [];
    const later = waiting(3, 1000);
    const queue: DeadlineQueue<Named> = new DeadlineQueue<Named>(({ name }) => {
      reached.push(name);
      if (name !== 1) return;
      queue.remove(later);
      queue.add(waiting(2, 500));
    });
    queue.add(waiting(1, 1000));
    queue.add(later);
    vi.advanceTimersByTime(2000);
    expect(reached).toEqual([1, 2]);
  });
});
